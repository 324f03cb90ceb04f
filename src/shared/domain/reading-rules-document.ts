import { limitNames, ruleBook, type RuleLevel } from './reading-rule-book'
import { readingReasons } from './reading-reasons'
import { readingRules } from './reading-verdict'

const levelNames: Record<RuleLevel, string> = { block: 'не принимается', warn: 'спросить', inform: 'сообщить', off: '–' }

/** docs/reading-rules.md: the rules for the teams of portals, from the same table that decides. Written by `node scripts/reading-rules.mjs`. */
export function rulesDocument(): string {
  const rows = readingRules.map((rule) => {
    const { levels, thresholds, except, fixed, text, source } = ruleBook[rule]
    const limits = Object.entries(thresholds).map(([name, limit]) => `${limitNames[name] ?? name}: ${limit}`)
    const notes = [...limits, ...(except ? [`кроме: ${except.join(', ')}`] : []), ...(fixed ? ['не меняется'] : [])].join('; ')
    return `| \`${rule}\` | ${levelNames[levels.desk]} | ${levelNames[levels.portal]} | ${levelNames[levels.register]} | ${text.replaceAll('|', '/')} | ${notes} | ${source} |`
  })
  const reasons = Object.entries(readingReasons).map(([reason, rules]) => `| \`${reason}\` | ${rules.map((rule) => `\`${rule}\``).join(', ')} |`)
  return [
    '# Правила приёма показаний', '',
    'Этот файл пишет `node scripts/reading-rules.mjs` из `src/shared/domain/reading-rule-book.ts`; тест следит, чтобы он не отставал.',
    'Окно, портал и реестры судят по одним правилам: различаются только уровни. У окна никого не отправляют домой из-за порога: оператор подтверждает причиной.',
    'На портале подтвердить некому, поэтому часть вопросов там отказ. Уровни, пределы и слова поставщик меняет в профиле (`readings.rules`): для всех приборов, услуги, вида прибора',
    '(обычный, зонный, автоматический); действует самое частное изменение.', '',
    'Единицы: показания и расход в целых тысячных; `{…}` в тексте заменяются значениями.', '',
    '| Правило | Окно | Портал | Реестр | Текст | Пределы | Источник |', '|---|---|---|---|---|---|---|', ...rows, '',
    '## Причины, которыми оператор подтверждает', '',
    'Правило, которое у поставщика стало вопросом, а здесь не названо, подтверждают `confirmedByVisitor` и `controllerChecked`.', '',
    '| Причина | На какие вопросы отвечает |', '|---|---|', ...reasons, '',
  ].join('\n')
}
