import type { SameTexts } from '../same-texts'
import type ru from '../ru/session'

export default {} satisfies SameTexts<typeof ru>
