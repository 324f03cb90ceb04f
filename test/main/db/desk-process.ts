// Another Okno process for the tests of the embedded server: joins the server of a folder, tells so, and leaves as it is told.
import { startEmbeddedServer } from '../../../src/main/db/embedded-server'
import { silentLog } from '../../../src/main/log'

async function main(): Promise<void> {
  const folder = process.argv[2] ?? ''
  const server = await startEmbeddedServer({ folder, log: silentLog })
  process.stdout.write(`${JSON.stringify({ port: server.port })}\n`)
  process.stdin.once('data', (word: Buffer) => {
    if (word.toString().trim() === 'exit') process.exit(0)
    void server.stop().then(() => process.exit(0))
  })
}

main().catch((cause: unknown) => {
  process.stderr.write(`${String(cause)}\n`)
  process.exit(1)
})
