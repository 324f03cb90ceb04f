import { describe, expect, test } from 'vitest'
import { commandIn } from '../../src/main/headless/in-thread'
import { refusedSwitch } from '../../src/main/refused-switches'

describe('switches an installed program is started with', () => {
  test.each(['--remote-debugging-port=9222', '--remote-debugging-pipe', '--inspect', '--inspect-brk=0', '-inspect', '--js-flags=--expose-gc', '--disable-web-security', '--Remote-Debugging-Port=1', '--renderer-cmd-prefix=gdb', '--proxy-server=evil', '--host-rules=MAP * evil', '--log-net-log=/tmp/x', '--ignore-certificate-errors'])(
    '%s is refused by its name',
    (given) => expect(refusedSwitch(['--user-data-dir=/x', given])).toBe(given.replace(/=.*$/, '')),
  )

  test.each([[['--user-data-dir=/home/x/inspect', '--disable-gpu', '--no-sandbox', '--lang=ru', '--updated']], [['--ozone-platform=wayland', '--force-device-scale-factor=1.5']], [[]]])('%j is not', (given) => {
    expect(refusedSwitch(given)).toBeNull()
  })

  test('what stands behind -- is a command of IT and no switch', () => {
    const args = ['--no-sandbox', '--', 'feed', 'sign', '--inspect', '--', 'x']
    expect(refusedSwitch(args)).toBeNull()
    expect(commandIn(args)).toEqual(['feed', 'sign', '--inspect', '--', 'x'])
    expect(commandIn(['--disable-gpu', '.'])).toBeNull()
  })
})
