import ConnectionPanel from '@renderer/components/ConnectionPanel.vue'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../support/fake-bridge'
import { click, show, startBridge, text } from '../../support/fake-page'

test('settings of the connection that cannot be read are told, and a second try shows them', async () => {
  let isBroken = true
  const bridge = startBridge({
    'connection.settings': () => {
      if (isBroken) throw new FakeFailure('internal')
      return { kind: 'server', server: { hosts: [{ host: 'db.office.example', port: 5432 }], database: 'okno', tls: 'verify-full', certificates: null }, mayChange: false }
    },
  })
  await show(ConnectionPanel)
  expect(text()).not.toContain('db.office.example')
  isBroken = false
  await click('Повторить')
  expect(text()).toContain('db.office.example')
  expect(bridge.inputsOf('connection.settings')).toHaveLength(2)
})
