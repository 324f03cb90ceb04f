import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runHeadless } from '../../../src/main/headless/run'
import { embeddedOffice, emptyFolder, inOffice, type EmbeddedOffice } from '../../support/embedded-office'

let office: EmbeddedOffice
const others: EmbeddedOffice[] = []
const place = mkdtempSync(join(tmpdir(), 'okno-it-'))
const keyFile = join(place, 'key.txt')
beforeAll(async () => {
  office = await embeddedOffice()
}, 120_000)
afterAll(() => {
  for (const { remove } of [office, ...others]) remove()
  rmSync(place, { recursive: true, force: true })
})

async function okno({ place: { folder } }: EmbeddedOffice, args: string[], env: NodeJS.ProcessEnv = {}) {
  let printed = ''
  const exitCode = await runHeadless(args, { appVersion: 'test', env: { OKNO_DATA: folder, ...env }, print: (text) => void (printed += text), tell: () => undefined })
  return { exitCode, answer: (printed === '' ? null : JSON.parse(printed)) as never }
}

it('IT makes a key, backs up, verifies, and restores on another computer: exit codes and JSON', async () => {
  // A monitor that looks before the first one: none, and no failure of a folder that nobody has named. One that was named has to be there.
  expect(await okno(office, ['backup', 'list'])).toMatchObject({ exitCode: 1, answer: { folder: join(office.place.folder, 'backups'), backups: [] } })
  expect(await okno(office, ['backup', 'list', '--folder', join(office.place.folder, 'away')])).toMatchObject({ exitCode: 1, answer: { reason: 'backupFolder' } })
  expect(await okno(office, ['backup'])).toMatchObject({ exitCode: 1, answer: { reason: 'backupKeyMissing' } })
  const made = await okno(office, ['backup', 'key', '--out', keyFile])
  expect(made).toMatchObject({ exitCode: 0, answer: { recipient: expect.stringMatching(/^age1/), file: keyFile } })
  expect(statSync(keyFile).mode & 0o777).toBe(0o600)
  expect((await okno(office, ['backup', 'key', '--out', keyFile])).answer).toMatchObject({ reason: 'backupKeyExists' })

  const backup = await okno(office, ['backup'])
  expect(backup).toMatchObject({ exitCode: 0, answer: { note: { verifiedAt: expect.any(String), auditProblems: 0 }, removed: [] } })
  const { file } = backup.answer as { file: string }
  expect(await okno(office, ['backup', 'list'])).toMatchObject({ exitCode: 0, answer: { backups: [{ bytes: statSync(file).size }] } })
  expect(await okno(office, ['backup', 'verify', file, '--key', keyFile])).toMatchObject({ exitCode: 0, answer: { recipients: [(made.answer as { recipient: string }).recipient] } })

  const other = await emptyFolder()
  others.push(other)
  expect(await okno(other, ['restore', file, '--key', keyFile, '--preview'])).toMatchObject({ exitCode: 0, answer: { office: { isTraining: true } } })
  expect(await okno(other, ['restore', file, '--key', keyFile])).toMatchObject({ exitCode: 0, answer: { kept: null, auditProblems: 0 } })
  expect(await okno(other, ['restore', file, '--key', keyFile])).toMatchObject({ exitCode: 1, answer: { reason: 'officeExists' } })
  expect(await okno(other, ['restore', file, '--key', keyFile, '--replace'])).toMatchObject({ exitCode: 0, answer: { kept: expect.stringMatching(/^postgres-before-restore-/) } })
  // The training office shows its logins on the sign-in screen again.
  expect(readFileSync(join(other.place.folder, 'secrets', 'training-staff'), 'utf8')).toBe(readFileSync(join(office.place.folder, 'secrets', 'training-staff'), 'utf8'))
}, 240_000)

it('a passphrase has to be long, wrong arguments end with 2', async () => {
  const passphrase = join(place, 'passphrase')
  writeFileSync(passphrase, 'коротко\n')
  expect((await okno(office, ['backup', '--passphrase'], { OKNO_BACKUP_PASSPHRASE_FILE: passphrase })).answer).toMatchObject({ reason: 'backupPassphraseShort' })
  expect((await okno(office, ['backup', '--passphrase', '--recipient', 'age1x'])).exitCode).toBe(2)
  expect((await okno(office, ['restore'])).exitCode).toBe(2)
  expect((await okno(office, ['backup', '--recipient', 'age1x'])).answer).toMatchObject({ reason: 'backupKeyMalformed' })
  expect(readdirSync(join(office.place.folder, 'backups')).filter((name) => name.endsWith('.part'))).toEqual([])
})

it('a failed backup is known to the office, whose people are told', async () => {
  await inOffice(office, async ({ sql }) => {
    expect(await sql('select failure, failed_at is not null as failed from backup_state')).toEqual([{ failure: 'backupKeyMalformed', failed: true }])
    expect(await sql("select count(*)::int as n from audit_event where action = 'backups.fail'")).toEqual([{ n: 2 }])
  })
})
