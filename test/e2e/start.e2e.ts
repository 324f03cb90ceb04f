import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { launchOkno, type RunningOkno } from '../support/launch'
import { admin, copyOfOffice, databaseProcesses, emptyFolder, forgetFolder, okno } from './office'
import { look } from './look'
import { Search } from './screens/search'
import { SignIn } from './screens/sign-in'

// The only slow one: it works in the background while the other tests of this file look at other folders.
let firstStart: { folder: string; running: RunningOkno; told: Promise<string[]> }

test.beforeAll(async () => {
  const folder = emptyFolder()
  const running = await launchOkno({ data: folder })
  firstStart = { folder, running, told: stepsOf(running.page) }
})
test.afterAll(() => leave(firstStart))

/** Everything the start screen says about its steps until somebody may sign in. */
async function stepsOf(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const said: string[] = []
    const ended = Date.now() + 150_000
    while (!document.querySelector('input[type=password]') && Date.now() < ended) {
      const step = document.querySelector('main [role=status]')?.textContent?.trim()
      if (step && step !== said.at(-1)) said.push(step)
      await new Promise(requestAnimationFrame)
    }
    return said
  })
}

async function leave({ folder, running }: { folder: string; running: RunningOkno }): Promise<void> {
  await running.close()
  const left = databaseProcesses(folder)
  forgetFolder(folder)
  expect(left, 'processes of the database after the program has left').toEqual([])
}

/** One start on a folder: what it says when it is over, then it is left again. */
async function startOn(folder: string, see: (page: Page) => Promise<void>): Promise<void> {
  const running = await launchOkno({ data: folder })
  try {
    await running.page.setViewportSize({ width: 1366, height: 768 })
    await see(running.page)
  } finally {
    await leave({ folder, running })
  }
}

test('a damaged data folder is explained in words, and its files stay as they are', async () => {
  const folder = copyOfOffice()
  const control = join(folder, 'postgres/global/pg_control')
  truncateSync(control, 100)
  await startOn(folder, async (page) => {
    await expect(page.getByRole('heading', { name: 'База данных недоступна' })).toBeVisible({ timeout: 45_000 })
    await expect(page.getByRole('alert')).toContainText('Папка данных повреждена.')
    await expect(page.getByRole('alert')).toContainText('Сообщите администратору')
    await expect(page.getByText('Код для администратора: databaseUnavailable / dataFolderDamaged')).toBeVisible()
    await expect(page.getByText(join(folder, 'postgres'))).toBeVisible()
    await look(page, 'start-damaged')
    expect(readFileSync(control)).toHaveLength(100)
  })
})

test('a settings file that cannot be read is named, not replaced', async () => {
  const folder = emptyFolder()
  const settings = join(folder, 'settings.json')
  writeFileSync(settings, '{ "database": { "kind": "server" ')
  await startOn(folder, async (page) => {
    await expect(page.getByRole('alert')).toContainText('Файл настроек подключения не читается.', { timeout: 45_000 })
    await expect(page.getByText(settings)).toBeVisible()
    expect(readFileSync(settings, 'utf8')).toBe('{ "database": { "kind": "server" ')
    expect(existsSync(join(folder, 'postgres'))).toBe(false)
  })
})

test('a used port is no obstacle: the database takes another one', async () => {
  const folder = copyOfOffice()
  const stranger = createServer()
  const port = await listen(stranger)
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ database: { kind: 'embedded', port } }))
  try {
    await startOn(folder, async (page) => {
      await new SignIn(page).expectReady()
      expect(Number(readFileSync(join(folder, 'run/port'), 'utf8'))).not.toBe(port)
    })
  } finally {
    stranger.close()
  }
})

test('a server of the office that does not answer is told, and the program goes on when it does not know it', async () => {
  const folder = emptyFolder()
  const stranger = createServer((socket) => socket.destroy())
  const port = await listen(stranger)
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ database: { kind: 'server', host: '127.0.0.1', port, database: 'okno', tls: 'off' } }))
  try {
    await startOn(folder, async (page) => {
      await new SignIn(page).login.fill('operator')
      await new SignIn(page).password.fill('whatever-it-is')
      await page.keyboard.press('Enter')
      await expect(page.getByRole('alert')).toContainText(/Нет связи с базой данных|Сервер базы данных не отвечает|прервалась/)
    })
  } finally {
    stranger.close()
  }
})

test('a database that is gone while somebody works comes back by itself, and nothing typed is lost', async () => {
  test.skip(process.platform !== 'linux', 'processes are found through /proc')
  const folder = copyOfOffice()
  await startOn(folder, async (page) => {
    await new SignIn(page).as('operator')
    const search = new Search(page)
    await search.open('7404 123456')
    const [main = ''] = databaseProcesses(folder).filter((line) => line.includes(' -D '))
    process.kill(Number(main.split(' ')[0]), 'SIGKILL')
    await search.find('Черных Зоя Львовна')
    await expect(page.getByRole('alert').or(search.hits).first()).toBeVisible()
    await expect(async () => {
      await search.type('Черных Зоя Львовна')
      await expect(search.hits.filter({ hasText: 'Черных Зоя Львовна' })).toBeVisible({ timeout: 3_000 })
    }).toPass({ timeout: 40_000 })
  })
})

test('the first start of all makes the training office and says what it is doing', async () => {
  test.setTimeout(180_000)
  const { running, folder, told } = firstStart
  const steps = await told
  // The page comes up while main works: what was over by then is not said any more.
  expect(['Создаём базу данных', 'Открываем базу данных', 'Обновляем базу данных', 'Создаём офис', 'Заполняем учебный офис']).toEqual(expect.arrayContaining(steps))
  expect(steps.at(-1)).toBe('Заполняем учебный офис')
  const signIn = new SignIn(running.page)
  await signIn.expectReady()
  const people = await Promise.all((['operator', 'supervisor', 'admin'] as const).map((role) => signIn.read(role)))
  expect(new Set(people.map(({ password }) => password)).size).toBe(3)
  await signIn.as('operator')
  await new Search(running.page).open('7404 123456')
  // Made once: the command finds an office that is there.
  const again = await okno(folder, ['init', '--training', '--admin', 'second.admin'], { password: admin.password })
  expect(again.exitCode).toBe(1)
  expect(JSON.parse(again.stdout)).toMatchObject({ code: 'conflict', reason: 'officeExists' })
})

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)))
}
