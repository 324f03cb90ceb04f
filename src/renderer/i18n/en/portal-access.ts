import type { SameTexts } from '../same-texts'
import type ru from '../ru/portal-access'

export default {} satisfies SameTexts<typeof ru>
