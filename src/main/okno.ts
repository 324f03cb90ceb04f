import { version } from '../../package.json'
import { runHeadless } from './headless/run'

// The application without a window, in plain Node: nothing here may reach Electron.
void runHeadless(process.argv.slice(2), {
  appVersion: version,
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  tell: (line) => process.stderr.write(`${line}\n`),
}).then((exitCode) => {
  process.exitCode = exitCode
})
