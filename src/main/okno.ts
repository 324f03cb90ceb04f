// Runs in plain Node: nothing here may reach Electron.
console.error('usage: npm run -s okno -- <command>')
process.exitCode = 2
