// The layouts as their files have them (documents/), loaded with the first sheet and not with the window: fonts and codes are a fifth of what main loads.
type Layouts = typeof import('./layouts')

export const layouts = (): Promise<Layouts> => import('./layouts')

const later =
  <Content extends unknown[]>(pick: (all: Layouts) => (...content: Content) => Promise<Buffer>) =>
  async (...content: Content): Promise<Buffer> =>
    pick(await layouts())(...content)

export const drawApplication = later((all) => all.drawApplication)
export const drawConsentForm = later((all) => all.drawConsentForm)
export const drawCoveringList = later((all) => all.drawCoveringList)
export const drawInvoice = later((all) => all.drawInvoice)
export const drawMemoSample = later((all) => all.drawMemoSample)
export const drawMemoSheet = later((all) => all.drawMemoSheet)
export const drawMemoSheets = later((all) => all.drawMemoSheets)
export const drawNextVisitSlip = later((all) => all.drawNextVisitSlip)
export const drawPaymentDocument = later((all) => all.drawPaymentDocument)
export const drawPaymentDocumentSample = later((all) => all.drawPaymentDocumentSample)
export const drawReport = later((all) => all.drawReport)
export const drawStatement = later((all) => all.drawStatement)
export const drawTemplateSheet = later((all) => all.drawTemplateSheet)
export const drawTestPage = later((all) => all.drawTestPage)
export const drawVerificationNotice = later((all) => all.drawVerificationNotice)
export const drawVisitSlip = later((all) => all.drawVisitSlip)
