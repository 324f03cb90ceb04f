import type { SameTexts } from '../same-texts'
import type ru from '../ru/contacts'

export default {} satisfies SameTexts<typeof ru>
