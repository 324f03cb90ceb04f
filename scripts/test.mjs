// npm test: everything from a fresh clone to the last end-to-end test. `node scripts/test.mjs lint types unit main renderer build e2e` takes the steps one wants.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { relative } from 'node:path'
import { build } from './build.mjs'
import { foreground, giveUp, say, tools } from './lib.mjs'
import { electronEnvironment, withDisplay } from './run.mjs'
import { setup } from './setup.mjs'

const steps = ['lint', 'types', 'unit', 'main', 'renderer', 'build', 'e2e']
const asked = process.argv.slice(2)
const unknown = asked.find((step) => !steps.includes(step))
if (unknown) giveUp(`unknown step ${unknown}; there are: ${steps.join(' ')}`)
const wanted = (step) => asked.length === 0 || asked.includes(step)

const vitestReport = 'test-results/vitest.json'
const playwrightReport = 'test-results/playwright.json'
let passed = 0
let failed = 0
/** Told again at the very end: what failed early lies thousands of lines above. */
const failures = []

await setup({ electron: wanted('e2e'), printing: wanted('main') || wanted('e2e') })
mkdirSync('test-results', { recursive: true })

// The fences and the compiler look at the same files and use one core each.
await Promise.all([
  wanted('lint') && quiet('eslint', ['.', '--max-warnings', '0']),
  wanted('lint') && quiet('depcruise', ['src']),
  wanted('types') && quiet('vue-tsc', ['-b']),
])

const projects = ['unit', 'main', 'renderer'].filter(wanted)
if (projects.length > 0) {
  say(`tests: ${projects.join(', ')}`)
  rmSync(vitestReport, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitestReport}`]
  const code = await tool('vitest', ['run', ...projects.flatMap((project) => ['--project', project]), ...reporters])
  const report = read(vitestReport)
  count(code, report?.numPassedTests, report?.numFailedTests)
  for (const { name, message, assertionResults } of report?.testResults ?? []) {
    const bad = assertionResults.filter(({ status }) => status === 'failed')
    for (const { fullName, failureMessages } of bad) failures.push(`${relative('.', name)}: ${fullName}\n    ${failureMessages[0]?.split('\n')[0] ?? ''}`)
    if (bad.length === 0 && message) failures.push(`${relative('.', name)}: ${message.split('\n')[0]}`)
  }
  if (code !== 0 && failures.length === 0) failures.push('vitest: an error outside of the tests')
}

let built = true
if (wanted('build')) {
  const failure = build()
  built = verdict('build', failure === '', failure)
}

if (wanted('e2e') && built) {
  say('tests: the program itself')
  for (const old of [playwrightReport, 'test-results/screens']) rmSync(old, { recursive: true, force: true })
  const display = await withDisplay(electronEnvironment())
  const code = await tool('playwright', ['test'], display.env)
  display.close()
  const stats = read(playwrightReport)?.stats
  count(code, stats && stats.expected + stats.flaky, stats?.unexpected)
}

for (const failure of failures) console.log(`FAILED ${failure}`)
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)

/** A run that went wrong without a failed test (a file that does not load, no tests at all) counts as one failure. */
function count(code, good = 0, bad = 0) {
  passed += good
  failed += bad > 0 ? bad : code !== 0 || good === 0 ? 1 : 0
}

function read(report) {
  return existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined
}

async function tool(name, args, env = process.env) {
  return foreground(process.execPath, [tools[name], ...args], { env })
}

/** Shows the output only of a tool that found something. */
async function quiet(name, args) {
  const startedAt = Date.now()
  const child = spawn(process.execPath, [tools[name], ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  const code = await new Promise((done) => child.once('close', done))
  return verdict(`${name} (${((Date.now() - startedAt) / 1000).toFixed(1)} s)`, code === 0, output)
}

function verdict(name, good, output) {
  if (!good) {
    failed += 1
    failures.push(name)
    console.log(output)
  }
  say(`${name}: ${good ? 'in order' : 'FAILED, see above'}`)
  return good
}
