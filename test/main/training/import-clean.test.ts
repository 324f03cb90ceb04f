import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { readyProviders } from '../../../src/main/features/providers/ready-profiles'
import { csvRows, inspectCsv } from '../../../src/main/features/registers/csv-reader'
import { knownNames, matchHeader } from '../../../src/main/features/registers/register-columns'
import { rowStager } from '../../../src/main/features/registers/register-rows'
import { registerKinds, trainingOffice, writeRegisters } from '../../../src/main/training'

test('the import reads every file without a refusal and warns of the two rows that are wrong on purpose', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'okno-training-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const office = trainingOffice({ asOf: '2026-11-22' })
  const paths = await writeRegisters(folder, office)
  const providers = readyProviders.map((card, index) => ({ ...card, id: index + 1 }))

  const said: string[] = []
  for (const kind of registerKinds) {
    const file = await inspectCsv(paths[kind], knownNames)
    expect(file).toMatchObject({ encoding: kind === 'payments' ? 'windows-1251' : 'utf-8', separator: ';' })
    let header: string[] | null = null
    let stage: ReturnType<typeof rowStager> | null = null
    for await (const rows of csvRows(paths[kind], file)) {
      for (const row of rows) {
        if (!header) {
          header = row.fields
          stage = rowStager(kind, matchHeader(kind, header), providers)
          continue
        }
        const staged = stage!(row)
        if (staged.refused.length + staged.warnings.length > 0) said.push(`${kind} ${row.fields[0]} ${[...staged.refused, ...staged.warnings].join()}`)
      }
    }
    expect(header).not.toBeNull()
  }
  expect(said.map((line) => line.split(' ').slice(0, 2).join(' ')).sort()).toEqual(office.deliberateWarnings.map(({ register, subscriberId }) => `${register} ${subscriberId}`).sort())
})
