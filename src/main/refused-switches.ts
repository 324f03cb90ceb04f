/**
 * Switches of Chromium and Node that open a debugger on the page or the program, or switch its fences off. Fuses keep Node's own ones from being heard in an installed program;
 * Chromium's have none. Whoever may start programs can still do what their rights allow: the database is the boundary, this only keeps a shortcut on the desk from being one.
 */
const refused =
  /^--?(remote-debugging-(port|pipe|address)|remote-allow-origins|inspect(-brk|-port|-publish-uid|-wait)?|debug-port|js-flags|disable-web-security|allow-file-access(-from-files)?|allow-running-insecure-content|disable-site-isolation-trials|disable-features|enable-blink-features|load-extension|proxy-server|proxy-pac-url|host-rules|host-resolver-rules|ignore-certificate-errors(-spki-list)?|unsafely-treat-insecure-origin-as-secure|(renderer|utility|gpu|ppapi-plugin|zygote)-cmd-prefix|gpu-launcher|renderer-startup-dialog|enable-logging|log-net-log|net-log-capture-mode|enable-crash-reporter|crash-dumps-dir)(=|$)/

/** The first argument of a start that an installed program refuses, null when there is none. What stands behind `--` is a command's. */
export function refusedSwitch(args: string[]): string | null {
  const end = args.indexOf('--')
  const found = (end === -1 ? args : args.slice(0, end)).find((arg) => refused.test(arg.replace(/^\//, process.platform === 'win32' ? '--' : '/').toLowerCase()))
  return found === undefined ? null : found.replace(/=.*$/s, '')
}
