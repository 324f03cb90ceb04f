// What a bare Electron runs when it is given a folder: `electron [-r module] folder`. The release carries its own; the substitute runtime gets this one.
const { readFileSync } = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const { app } = require('electron')

const preloaded = []
let folder = null
const args = process.argv.slice(1)
for (let i = 0; i < args.length && folder === null; i++) {
  if (args[i] === '-r' || args[i] === '--require') preloaded.push(args[++i])
  else if (!args[i].startsWith('-')) folder = path.resolve(args[i])
}

process.defaultApp = true
if (preloaded.length > 0) Module._preloadModules(preloaded)
if (folder === null) {
  console.log(`Electron ${process.versions.electron}`)
  app.exit(0)
} else {
  const { name, productName, version, main } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  app.setName(productName ?? name)
  app.setVersion(version)
  app.setAppPath(folder)
  require(path.join(folder, main))
}
