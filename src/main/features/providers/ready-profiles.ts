import { defaultIdentification, type IdentificationRules, type VisitAction } from '@shared/domain/identification'
import { documentLayout } from '@shared/domain/document-layout'
import { usualPenaltyRates, type MeteredService, type ProviderCard, type ProviderProfile, type ProviderService } from '@shared/domain/provider-profile'

/*
 * Ready profiles of six providers, and a blank one to begin with. What a portal asks of its subscriber (login, password, confirmation) follows that
 * portal's manual; requisites, phones and e-mails are synthetic and only formally valid, an administrator replaces them.
 */

/** Latin letters and digits without look-alikes in either alphabet, so that a memo copied by hand in Cyrillic still works (`domain.md` §4.2). */
const unmistakable = 'dfghjkmnqrstuvwz23456789'

const maxMonthly: Record<MeteredService, number> = {
  cold_water: 100_000,
  hot_water: 60_000,
  electricity: 5_000_000,
  gas: 1_500_000,
  heat: 15_000,
}

/** Data of somebody who uses telecommunications go to the subscriber or whom they authorise only (ПП 31.12.2021 № 2607): not even a bill to a stranger. */
const telecomIdentification: IdentificationRules = {
  ...defaultIdentification,
  sufficient: { ...defaultIdentification.sufficient, paymentDocument: defaultIdentification.sufficient.paymentDocument.filter((kind) => kind !== 'notIdentified') },
}

/** «Только по личному заявлению, заверенному руководителем»: organisations only look and pay. */
const changes: VisitAction[] = ['changeEmail', 'changePhone', 'portalPassword', 'portalLinks', 'requests', 'consents']

/** Norms per person and 30 days: only what a meter without own history is compared with. Regional ones are the administrator's to write. */
const normMonthly: Partial<Record<MeteredService, number>> = { cold_water: 4_300, hot_water: 3_200, electricity: 120_000, gas: 12_000 }

/** The layout payment documents begin with, and the key rate for пени until 01.01.2027; what comes then is the administrator's to write. */
const usualDocument = { layout: documentLayout.parse({}), penaltyRates: usualPenaltyRates }

/** What most portals have in common; a profile names what is its own. */
const usualPortal = {
  pinDigits: 6,
  pinHours: 72,
  confirmUrl: null,
  linkMinutes: 1440,
  codeMinutes: 10,
  accountProofs: [],
  accessAfterClosing: 'stays',
} satisfies Partial<ProviderProfile['portal']>
const usualSafety: ProviderProfile['safety'] = { revertHours: 24, reissueAfterContactChange: 'flag', recentHours: 24 }
const usualNotices: ProviderProfile['notices'] = { contactChanged: ['email', 'sms'], passwordIssued: ['email'], accessChanged: ['email'] }
const usualMemo = { format: 'a4', lowerHalf: 'receipt', readings: [], notes: [], terms: [], connection: null } satisfies Partial<ProviderProfile['memo']>

/** A letter of paragraphs, signed by the office. */
const letter = (...paragraphs: string[]) => [...paragraphs, '{office}\nТелефон: {phone}'].join('\n\n')

const supportPhone = '8-800-000-00-00'

const electricity: ProviderService[] = [
  { code: 'electricity', name: 'Электроэнергия', unit: 'кВт·ч' },
  { code: 'electricity_t1', name: 'Электроэнергия, зона Т1', unit: 'кВт·ч' },
  { code: 'electricity_t2', name: 'Электроэнергия, зона Т2', unit: 'кВт·ч' },
  { code: 'electricity_t3', name: 'Электроэнергия, зона Т3', unit: 'кВт·ч' },
]

const internetServices: ProviderService[] = [
  { code: 'internet', name: 'Доступ в интернет', unit: 'мес.' },
  { code: 'tv', name: 'Цифровое телевидение', unit: 'мес.' },
  { code: 'wifi', name: 'Аренда роутера Wi-Fi', unit: 'мес.' },
  { code: 'static_ip', name: 'Постоянный IP-адрес', unit: 'мес.' },
]

/** ПП 354 п. 69: at least once a quarter the document tells how readings are taken and what follows from missing ones (п. 59, 60). */
function quarterlyNotice(fromDay: number, toDay: number): string {
  return [
    `Показания индивидуальных приборов учёта принимаются с ${fromDay} по ${toDay} число каждого месяца. Показания, переданные позже 25 числа, учитываются в следующем расчётном периоде.`,
    'Если показания не переданы, плата рассчитывается исходя из среднемесячного объёма потребления, но не более трёх расчётных периодов подряд, затем по нормативу потребления (пункты 59 и 60 Правил предоставления коммунальных услуг, утверждённых постановлением Правительства РФ от 06.05.2011 № 354).',
    'Если исполнителя не допустили к проверке прибора учёта, составляется акт о недопуске, а плата после трёх расчётных периодов рассчитывается по нормативу с повышающим коэффициентом.',
    'По истечении срока поверки прибор учёта считается вышедшим из строя, его показания к расчёту не принимаются.',
  ].join(' ')
}

const utilityReadings = (windowFromDay: number, acceptDecimals: number, expiredVerification: 'inform' | 'warn' | 'block') =>
  ({ windowFromDay, windowToDay: 25, acceptDecimals, expiredVerification, maxMonthly, averageFactor: 3, graceDays: 0, windows: [], normMonthly, rules: [] })

/** Internet providers take no readings; the limits are there because a profile is complete. */
const noReadings = { windowFromDay: 1, windowToDay: 31, acceptDecimals: 0, expiredVerification: 'inform' as const, maxMonthly, averageFactor: 3, graceDays: 0, windows: [], normMonthly: {}, rules: [] }

const oneTimeNote =
  'Пароль одноразовый: при первом входе замените его своим. Никому не сообщайте пароль: сотрудники никогда его не спрашивают. Не фотографируйте памятку и не пересылайте её.'
const keepNote =
  'Храните памятку вместе с договором и никому не показывайте. Сотрудники никогда не спрашивают пароль. Пароль узнали другие — смените его в личном кабинете или в офисе.'

const enicom: ProviderCard = {
  code: 'enicom',
  name: 'Эником',
  legalName: 'ООО «Эником»',
  inn: '9801001010',
  kpp: '980101001',
  ogrn: '1112980000100',
  bankName: 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК',
  bic: '047501602',
  settlementAccount: '40702810572000000101',
  correspondentAccount: '30101810700000000602',
  address: '000000, Энская обл., г. Энск, ул. Заводская, д. 2',
  phone: supportPhone,
  email: 'abon@enicom.example.org',
  site: 'https://www.enicom.ru/',
  services: internetServices,
  profile: {
    portal: {
      name: 'Личный кабинет Эником',
      url: 'https://www.enicom.ru/personal/',
      scheme: 'contract',
      firstSteps: [
        'Откройте личный кабинет Эником: {url}',
        'Введите номер договора {login} и пароль из этой памятки.',
        'Чтобы входить через Госуслуги, нажмите «Войти через Госуслуги» и предоставьте запрошенные права доступа.',
        'Вернувшись в личный кабинет, введите номер договора {login} и пароль из этой памятки, нажмите «Добавить». Каждый договор получит свою кнопку.',
      ],
      esia: true,
      pin: false,
      ...usualPortal,
      confirmations: ['emailCode'],
      // «Введите "Номер договора" и пароль из приложения к договору»: nobody links a contract without the paper.
      accountProofs: ['password'],
      accessAfterClosing: 'ends',
    },
    // The password of the memo is asked again when a contract is linked to Госуслуги, so it does not expire.
    password: { min: 8, max: 16, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: false, ttlHours: null, deliverBy: ['paper'], chosenBy: 'office' },
    safety: usualSafety,
    notices: usualNotices,
    messages: {
      passwordIssued: {
        text: letter(
          'Здравствуйте!',
          '{at} в офисе по документу выдан новый пароль личного кабинета Эником. Прежний пароль больше не действует.',
          'Новый пароль напечатан в приложении к договору «Памятка абонента» № {memoNumber}. Он нужен и для того, чтобы прикрепить договор к учётной записи на Госуслугах.',
          'Если вы не получали его, сразу сообщите нам: вход в личный кабинет закроют.',
        ),
      },
    },
    accountNumber: { digitsOnly: true, minLength: 5, maxLength: 10, hint: 'Номер договора, только цифры: 0012345' },
    readings: noReadings,
    memo: {
      ...usualMemo,
      notes: [
        'Отвязать Госуслуги можно в офисе, с паспортом.',
      ],
      design: 'internet',
      connection: { pppoe: true, settings: ['IP-адрес и серверы DNS назначаются автоматически.'] },
      title: 'Памятка абонента',
      appendixTo: 'приложение к договору об оказании услуг связи',
      wifi: true,
      securityNote: keepNote,
      howToPay: [
        'В личном кабинете банковской картой.',
        'В приложении своего банка: «Интернет и ТВ», поставщик «Эником», номер договора.',
        'По QR-коду из счёта или в офисе обслуживания.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'utf-8', techCode: '09', notice: null, kind: 'internet' },
    identification: telecomIdentification,
    phones: [
      { label: 'Служба поддержки', phone: supportPhone },
      { label: 'Подключение', phone: '8-800-000-00-01' },
    ],
    hours: 'пн–пт 9:00–19:00, сб 10:00–16:00; поддержка круглосуточно',
    emergency: null,
  },
}

const smorodina: ProviderCard = {
  code: 'smorodina',
  name: 'Смородина',
  legalName: 'АО «Энскгазэнерго»',
  inn: '9802001020',
  kpp: '980201001',
  ogrn: '1113980000111',
  bankName: 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК',
  bic: '047501602',
  settlementAccount: '40702810872000000102',
  correspondentAccount: '30101810700000000602',
  address: '000000, Энская обл., г. Энск, пр-т Мира, д. 11',
  phone: supportPhone,
  email: 'support@smorodina.example.org',
  site: 'https://смородина.онлайн/',
  services: [
    { code: 'gas', name: 'Газоснабжение', unit: 'м³' },
    { code: 'gas_maintenance', name: 'Обслуживание газового оборудования', unit: 'мес.' },
    ...electricity,
    { code: 'waste', name: 'Обращение с ТКО', unit: 'чел.' },
  ],
  profile: {
    portal: {
      name: 'Личный кабинет клиента «Смородина»',
      url: 'https://смородина.онлайн/',
      scheme: 'email',
      firstSteps: [
        'Откройте {url} и введите имя пользователя (логин) — вашу электронную почту — и пароль из этой памятки.',
        'Замените пароль своим: буквы и цифры на английском языке, от {passwordMin} до {passwordMax} символов.',
        'Перейдите по ссылке в письме: так подтверждается регистрация.',
        'Подключите лицевые счета: «Настройки» — «Подключение ЛС», поставщик услуг и номер счёта из квитанции.',
        'Для полной версии отправьте заявку: пин-код придёт на вашу почту.',
      ],
      esia: false,
      pin: true,
      ...usualPortal,
      confirmations: ['link', 'emailCode'],
      confirmUrl: 'https://смородина.онлайн/confirm#{token}',
      // «Выбрать поставщика услуг и ввести номер лицевого счёта».
      accountProofs: ['number'],
    },
    // The portal takes no more than 10 characters, so the generated password has all of them.
    password: { min: 5, max: 10, length: 10, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'subscriber' },
    safety: usualSafety,
    notices: usualNotices,
    messages: {
      registration: {
        subject: 'Подтверждение регистрации в Личном кабинете клиента',
        text: letter(
          'Здравствуйте!',
          'Для вас зарегистрирован Личный кабинет клиента. Имя пользователя (логин) — адрес этой электронной почты.',
          'Вам необходимо подтвердить регистрацию, перейдя по ссылке: {link}',
          'Ссылка действует {hours}.',
          'Для начала работы подключите лицевые счета: «Настройки» — «Подключение ЛС», поставщик услуг и номер лицевого счёта из квитанции.',
          'Если вы не обращались в центр обслуживания, просто удалите это письмо.',
        ),
      },
      pin: {
        subject: 'Пин-код для полной версии Личного кабинета',
        text: letter(
          'Здравствуйте!',
          'Ваш пин-код для входа в полную версию Личного кабинета: {pin}',
          'Введите его в появившееся окно Личного кабинета. Пин-код действует {hours}.',
          'Если вы не отправляли заявку на полную версию, просто удалите это письмо.',
        ),
        sms: 'Пин-код {pin} для полной версии Личного кабинета, действует {hours}',
      },
    },
    accountNumber: { digitsOnly: true, minLength: 8, maxLength: 12, hint: 'Номер из квитанции, 8 цифр с нулями впереди: 04012345' },
    readings: utilityReadings(20, 0, 'warn'),
    memo: {
      ...usualMemo,
      readings: ['В личном кабинете, отдельно или при оплате.', 'По телефону: назовите лицевой счёт {account}.'],
      notes: [],
      design: 'utility',
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: false,
      securityNote: oneTimeNote,
      howToPay: [
        'В личном кабинете: «Финансовый блок» — «Оплатить онлайн».',
        'По QR-коду из платёжного документа в приложении своего банка.',
        'В кассе офиса обслуживания, в отделении банка или на почте.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'windows-1251', techCode: '02', notice: quarterlyNotice(20, 25), kind: 'utility' },
    identification: defaultIdentification,
    phones: [
      { label: 'Служба поддержки личного кабинета', phone: supportPhone },
      { label: 'Приём показаний', phone: '8-800-000-00-02' },
    ],
    hours: 'пн–чт 8:00–17:00, пт 8:00–16:00',
    emergency: 'Аварийная газовая служба: 104 или 112',
  },
}

const enser: ProviderCard = {
  code: 'enser',
  name: 'ЭнСер',
  legalName: 'АО «ЭнСер»',
  inn: '9803001030',
  kpp: '980301001',
  ogrn: '1114980000123',
  bankName: 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК',
  bic: '047501602',
  settlementAccount: '40702810172000000103',
  correspondentAccount: '30101810700000000602',
  address: '000000, Энская обл., г. Энск, ул. Энергетиков, д. 1',
  phone: supportPhone,
  email: 'office@enser.example.org',
  site: 'https://rm-enser.ru/',
  services: [
    { code: 'heat', name: 'Отопление по прибору учёта', unit: 'Гкал' },
    { code: 'heating_norm', name: 'Отопление', unit: 'Гкал' },
    { code: 'hot_water', name: 'Горячее водоснабжение', unit: 'м³' },
    ...electricity,
  ],
  profile: {
    portal: {
      name: 'Личный кабинет физического лица АО «ЭнСер»',
      url: 'https://rm-enser.ru/',
      scheme: 'account',
      firstSteps: [
        'Откройте {url} и перейдите по ссылке «Открыть Личный кабинет».',
        'Введите номер лицевого счёта {login} (без буквенного индекса, только цифры) и пароль из этой памятки.',
        'Задайте свой пароль: не менее 8 и не более 20 символов.',
        'Подтвердите регистрацию: по ссылке из письма или кодом из СМС.',
      ],
      esia: false,
      pin: false,
      ...usualPortal,
      confirmations: ['link', 'smsCode', 'emailCode'],
      confirmUrl: 'https://rm-enser.ru/confirm#{token}',
      // «Номер, фамилию, на которую он зарегистрирован, или пароль к этому лицевому счёту вместо фамилии».
      accountProofs: ['surname', 'password'],
    },
    password: { min: 8, max: 20, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper', 'email', 'sms'], chosenBy: 'subscriber' },
    // «В случае если сменился адрес электронной почты… обратиться к оператору»: the common way to a stolen cabinet, so a supervisor looks first.
    safety: { ...usualSafety, reissueAfterContactChange: 'approve' },
    notices: { contactChanged: ['email', 'sms'], passwordIssued: ['email', 'sms'], accessChanged: ['email', 'sms'] },
    messages: {
      contactLink: {
        subject: 'Подтверждение электронной почты в АО «ЭнСер»',
        text: letter(
          'Здравствуйте!',
          'В офисе обслуживания АО «ЭнСер» этот адрес указан как ваша электронная почта. Чтобы подтвердить его, перейдите по ссылке: {link}',
          'Ссылка действует {hours}. Если вы не успеете, попросите оператора отправить её ещё раз.',
          'Если вы не обращались в офис обслуживания, просто удалите это письмо.',
        ),
      },
      portalPassword: {
        subject: 'Новый пароль личного кабинета АО «ЭнСер»',
        text: letter(
          'Здравствуйте!',
          '{portalName}: {url}\nНомер лицевого счёта (только цифры): {login}\nПароль: {password}',
          'Пароль действует до {expires}. При входе задайте свой: не менее 8 и не более 20 символов.',
          'Никому не сообщайте пароль: сотрудники никогда его не спрашивают.',
        ),
        sms: 'Пароль {password} для личного кабинета ЭнСер. Никому его не сообщайте',
      },
    },
    accountNumber: { digitsOnly: true, minLength: 6, maxLength: 9, hint: 'Только цифры, без буквенного индекса: 123456' },
    readings: utilityReadings(18, 3, 'warn'),
    memo: {
      ...usualMemo,
      readings: [
        'В личном кабинете: «Передать показания». «Статус ввода» скажет, принято ли показание.',
        'Ошибочное можно удалить до выхода из кабинета.',
      ],
      notes: [
        'Сменилась электронная почта — приходите в офис с документами на лицевой счёт.',
        'Другой лицевой счёт привязывается по номеру и фамилии или по паролю к этому счёту.',
      ],
      design: 'utility',
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: false,
      securityNote: oneTimeNote,
      howToPay: [
        'В личном кабинете, из вкладки каждой услуги, банковской картой.',
        'По QR-коду из счёта на оплату в приложении своего банка.',
        'Счёт приходит на дом или на электронную почту, по вашему выбору.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'utf-8', techCode: '02', notice: quarterlyNotice(18, 25), kind: 'utility' },
    identification: defaultIdentification,
    phones: [
      { label: 'Контактный центр', phone: supportPhone },
      { label: 'Приём показаний', phone: '8-800-000-00-03' },
    ],
    hours: 'пн–пт 8:00–18:00, сб 9:00–14:00',
    emergency: 'Аварийно-диспетчерская служба: 8-800-000-00-04',
  },
}

const isTelecom: ProviderCard = {
  code: 'is-telecom',
  name: 'ИС-Телеком',
  legalName: 'ООО «Инженерные сети Телеком»',
  inn: '9804001040',
  kpp: '980401001',
  ogrn: '1115980000135',
  bankName: 'ПАО СБЕРБАНК',
  bic: '044525225',
  settlementAccount: '40702810372000000104',
  correspondentAccount: '30101810400000000225',
  address: '000000, Энская обл., г. Энск, ул. Строителей, д. 14',
  phone: supportPhone,
  email: 'support@is-telecom.example.org',
  site: 'https://cabinet.is-telecom.ru/',
  services: internetServices,
  profile: {
    portal: {
      name: 'Личный кабинет ИС-Телеком',
      url: 'https://cabinet.is-telecom.ru/',
      scheme: 'contract',
      firstSteps: [
        'Откройте форму входа: {url}',
        'Введите логин — номер договора {login} — и пароль из этой памятки, нажмите кнопку «Войти».',
        'При первом входе задайте свой пароль.',
      ],
      esia: false,
      pin: false,
      ...usualPortal,
      confirmations: ['emailCode'],
      // «Вместе с тем пропадёт возможность использования личного кабинета».
      accessAfterClosing: 'ends',
    },
    password: { min: 8, max: 16, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'subscriber' },
    safety: usualSafety,
    notices: usualNotices,
    messages: {},
    accountNumber: { digitsOnly: true, minLength: 9, maxLength: 12, hint: 'Номер лицевого счёта, 9 цифр: 300012345' },
    readings: noReadings,
    memo: {
      ...usualMemo,
      notes: [
        'В личном кабинете: состояние счёта, смена тарифа, услуги, квитанция, оплата картой.',
        'Договор расторгается в офисе, с паспортом и заявлением. После расторжения личный кабинет закрывается.',
      ],
      design: 'internet',
      connection: { pppoe: false, settings: ['IP-адрес, маска, шлюз и серверы DNS назначаются автоматически.'] },
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: true,
      securityNote: oneTimeNote,
      howToPay: [
        'В личном кабинете банковской картой: деньги поступают в течение минуты.',
        'В приложении банка: «Переводы и платежи» — «ЖКХ» — «Квартплата», система «Город», поставщик и номер лицевого счёта {account}.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'utf-8', techCode: '09', notice: null, kind: 'internet' },
    // Termination: «лично посетите офис с паспортом и подайте заявление».
    identification: { ...telecomIdentification, sufficient: { ...telecomIdentification.sufficient, requests: telecomIdentification.sufficient.changeEmail } },
    phones: [
      { label: 'Многоканальная горячая линия', phone: supportPhone },
      { label: 'Контактный центр в Энске', phone: '8-800-000-00-05' },
    ],
    hours: 'пн–пт 9:00–18:00; горячая линия круглосуточно',
    emergency: null,
  },
}

const tctr: ProviderCard = {
  code: 'tctr',
  name: 'ТЦТР',
  legalName: 'ГУП «Технический центр телевидения и радиовещания»',
  inn: '9805001050',
  kpp: '980501001',
  ogrn: '1116980000147',
  bankName: 'ЯКУТСКОЕ ОТДЕЛЕНИЕ N8603 ПАО СБЕРБАНК',
  bic: '049805609',
  settlementAccount: '40702810072000000105',
  correspondentAccount: '30101810400000000609',
  address: '000000, Энская обл., г. Энск, ул. Орджоникидзе, д. 38',
  phone: supportPhone,
  email: 'support@tctr.example.org',
  site: 'https://www.tctr.ru/',
  services: internetServices,
  profile: {
    portal: {
      name: 'Личный кабинет ТЦТР',
      url: 'https://cabinet.tctr.ru',
      scheme: 'contract',
      firstSteps: [
        'Откройте страницу входа: {url}',
        'Выберите форму: кабельный интернет или Wi-Fi.',
        'Введите логин — номер договора {login} без пробелов — и пароль из этой памятки, нажмите «Вход».',
        'Забыли пароль — нажмите «Забыли пароль?». Письма нет полчаса — звоните в поддержку.',
      ],
      esia: false,
      pin: false,
      ...usualPortal,
      confirmations: ['link', 'emailCode'],
      confirmUrl: 'https://cabinet.tctr.ru/confirm#{token}',
      // «Если в течение получаса сообщение не появилось…»
      linkMinutes: 30,
    },
    // The portal's manual tells subscribers to look the password up in the contract papers later, so it stays valid.
    password: { min: 8, max: 16, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: false, ttlHours: null, deliverBy: ['paper'], chosenBy: 'office' },
    safety: usualSafety,
    notices: usualNotices,
    messages: {
      contactLink: {
        subject: 'Подтверждение электронной почты в ТЦТР',
        text: letter(
          'Здравствуйте!',
          'Этот адрес указан в вашем договоре с ТЦТР. Чтобы подтвердить его, перейдите по ссылке: {link}',
          'Ссылка действует {hours}. Потом обратитесь в техподдержку или в офис обслуживания.',
          'Если вы не обращались к нам, просто удалите это письмо.',
        ),
      },
    },
    accountNumber: { digitsOnly: true, minLength: 6, maxLength: 10, hint: 'Номер договора без пробелов: 14003512' },
    readings: noReadings,
    memo: {
      ...usualMemo,
      notes: [
        'Личный кабинет доступен и при отключении услуг за неуплату: в нём подключается обещанный платёж.',
        'Приложение для телефона — «Мой провайдер»: логин и пароль те же.',
      ],
      design: 'internet',
      connection: { pppoe: false, settings: ['Кабельный интернет и Wi-Fi: IP-адрес назначается автоматически. При входе в кабинет выберите форму своей сети.'] },
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: true,
      securityNote: keepNote,
      howToPay: [
        'В личном кабинете банковской картой или электронным кошельком.',
        'В приложении своего банка: «Интернет и ТВ», поставщик «ТЦТР», номер договора без пробелов.',
        'В офисе обслуживания.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'utf-8', techCode: '09', notice: null, kind: 'internet' },
    identification: { ...telecomIdentification, organisationApplication: changes },
    phones: [{ label: 'Техническая поддержка, круглосуточно', phone: supportPhone }],
    hours: 'пн–пт 9:00–18:00; поддержка по телефону круглосуточно',
    emergency: null,
  },
}

const eis24: ProviderCard = {
  code: 'eis24',
  name: 'EIS24',
  legalName: 'ООО «Единая информационная система ЖКХ Энска»',
  inn: '9806001060',
  kpp: '980601001',
  ogrn: '1117980000159',
  bankName: 'СЕВЕРО-ЗАПАДНЫЙ БАНК ПАО СБЕРБАНК',
  bic: '044030653',
  settlementAccount: '40702810472000000106',
  correspondentAccount: '30101810500000000653',
  address: '000000, Энская обл., г. Энск, б-р Молодёжный, д. 5',
  phone: supportPhone,
  email: 'help@eis24.example.org',
  site: 'https://lk.eis24.me/',
  services: [
    { code: 'maintenance', name: 'Содержание жилого помещения', unit: 'м²' },
    { code: 'capital_repair', name: 'Взнос на капитальный ремонт', unit: 'м²' },
    { code: 'cold_water', name: 'Холодное водоснабжение', unit: 'м³' },
    { code: 'sewerage', name: 'Водоотведение', unit: 'м³' },
    { code: 'waste', name: 'Обращение с ТКО', unit: 'чел.' },
  ],
  profile: {
    portal: {
      name: 'Личный кабинет EIS24',
      url: 'https://lk.eis24.me/cabinet/',
      scheme: 'email',
      firstSteps: [
        'Откройте {url} и введите логин — вашу электронную почту {login} — и пароль из этой памятки, нажмите «Войти».',
        'Если кабинет спросит номер квартиры, введите его в таком виде, как он напечатан в последнем платёжном документе, и нажмите «Активировать».',
        'Если пароль утерян, нажмите «Забыли пароль?» и укажите свою электронную почту: придёт письмо с новым паролем. Письма проверьте и в папке «Спам».',
      ],
      esia: false,
      pin: false,
      ...usualPortal,
      confirmations: ['link', 'emailCode'],
      confirmUrl: 'https://lk.eis24.me/cabinet/confirm#{token}',
      // Registration asks for the account and the name; several flats in one cabinet.
      accountProofs: ['surname'],
    },
    // The system itself generates the password and advises to keep the letter with it, so it is not a one-time one.
    password: { min: 8, max: 20, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: false, ttlHours: null, deliverBy: ['paper', 'email'], chosenBy: 'office' },
    safety: usualSafety,
    notices: usualNotices,
    messages: {
      contactLink: {
        subject: 'EIS24: подтвердите электронный адрес',
        text: letter('Здравствуйте!', 'Подтвердить электронный адрес: {link}', 'Ссылка действует {hours}.', 'Если вы не указывали этот адрес, просто удалите это письмо.'),
      },
      registration: {
        subject: 'EIS24: подтвердите электронный адрес',
        text: letter(
          'Здравствуйте!',
          'Для вас зарегистрирован личный кабинет EIS24. Подтвердить электронный адрес: {link}',
          'Ссылка действует {hours}.',
          'В появившейся форме введите номер квартиры в таком виде, как он прописан в последнем платёжном документе, и нажмите «Активировать».',
          'Ваш логин: {login}.',
        ),
      },
      portalPassword: {
        subject: 'EIS24: логин и пароль личного кабинета',
        text: letter(
          'Здравствуйте!',
          '{portalName}: {url}\nЛогин: {login}\nПароль: {password}',
          'Не удаляйте это письмо и никому его не показывайте: сотрудники никогда не спрашивают пароль.',
          'Если пароль стал известен другим, получите новый: «Забыли пароль?» под формой входа или в офисе обслуживания.',
        ),
      },
    },
    accountNumber: { digitsOnly: true, minLength: 9, maxLength: 12, hint: 'Лицевой счёт обслуживающей организации, 10 цифр: 0700012345' },
    readings: utilityReadings(15, 3, 'block'),
    memo: {
      ...usualMemo,
      readings: ['Передавайте показания счётчиков в личном кабинете.'],
      notes: ['К одному личному кабинету можно привязать несколько своих квартир.'],
      design: 'utility',
      title: 'Памятка абонента',
      appendixTo: null,
      wifi: false,
      securityNote: keepNote,
      howToPay: [
        'В личном кабинете банковской картой.',
        'По QR-коду из платёжного документа в приложении своего банка.',
        'В кассе управляющей организации, в отделении банка или на почте.',
      ],
    },
    paymentDocument: { ...usualDocument, vatNote: 'НДС не облагается', qrEncoding: 'utf-8', techCode: '02', notice: quarterlyNotice(15, 25), kind: 'utility' },
    identification: defaultIdentification,
    phones: [
      { label: 'Служба поддержки', phone: supportPhone },
      { label: 'Вызов мастера', phone: '8-800-000-00-06' },
    ],
    hours: 'пн–пт 8:00–20:00, сб 9:00–15:00',
    emergency: 'Аварийно-диспетчерская служба: 8-800-000-00-07',
  },
}

/**
 * Where a provider nobody had thought of begins: usual rules by kind, and nothing in the fields that only its papers can tell (names, requisites,
 * addresses, telephones), so that it can't be saved before they are filled in.
 */
export function blankProvider(kind: ProviderProfile['memo']['design']): ProviderCard {
  const isInternet = kind === 'internet'
  return {
    code: '', name: '', legalName: '', inn: '', kpp: null, ogrn: null, bankName: '', bic: '', settlementAccount: '', correspondentAccount: '', address: '', phone: '', email: null, site: null,
    services: isInternet ? internetServices : [{ code: 'cold_water', name: 'Холодное водоснабжение', unit: 'м³' }, ...electricity],
    profile: {
      portal: {
        name: 'Личный кабинет абонента',
        url: '',
        scheme: isInternet ? 'contract' : 'account',
        firstSteps: ['Откройте личный кабинет: {url}', 'Введите логин {login} и пароль из этой памятки.', 'Задайте свой пароль: от {passwordMin} до {passwordMax} знаков.'],
        esia: false,
        pin: false,
        ...usualPortal,
        confirmations: ['emailCode'],
      },
      password: { min: 8, max: 20, length: 12, alphabet: unmistakable, requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'subscriber' },
      safety: usualSafety,
      notices: usualNotices,
      messages: {},
      accountNumber: { digitsOnly: true, minLength: 5, maxLength: 12, hint: isInternet ? 'Номер договора, только цифры' : 'Номер из квитанции, только цифры' },
      readings: isInternet ? noReadings : utilityReadings(20, 3, 'warn'),
      memo: {
        title: 'Памятка абонента',
        appendixTo: isInternet ? 'приложение к договору об оказании услуг связи' : null,
        wifi: isInternet,
        securityNote: oneTimeNote,
        howToPay: ['В личном кабинете банковской картой.', 'По QR-коду из платёжного документа в приложении своего банка.', 'В офисе обслуживания.'],
        ...usualMemo,
        design: kind,
        connection: isInternet ? { pppoe: false, settings: ['IP-адрес и серверы DNS назначаются автоматически.'] } : null,
      },
      paymentDocument: { ...usualDocument, vatNote: 'в т. ч. НДС 22 %', qrEncoding: 'utf-8', techCode: isInternet ? '09' : '02', notice: isInternet ? null : quarterlyNotice(20, 25), kind },
      identification: isInternet ? telecomIdentification : defaultIdentification,
      phones: [{ label: 'Служба поддержки', phone: '' }],
      hours: '',
      emergency: null,
    },
  }
}

export type ReadyProviderCode = 'enicom' | 'smorodina' | 'enser' | 'is-telecom' | 'tctr' | 'eis24'

/** The six ready providers in the order lists show them. */
export const readyProviders: readonly (ProviderCard & { code: ReadyProviderCode })[] = [
  { ...enser, code: 'enser' },
  { ...smorodina, code: 'smorodina' },
  { ...eis24, code: 'eis24' },
  { ...enicom, code: 'enicom' },
  { ...isTelecom, code: 'is-telecom' },
  { ...tctr, code: 'tctr' },
]

/** A ready provider by its code; undefined for any other code. */
export function readyProvider(code: string): ProviderCard | undefined {
  return readyProviders.find((provider) => provider.code === code)
}
