import type { SameTexts } from '../same-texts'
import type ru from '../ru/desk'

export default {} satisfies SameTexts<typeof ru>
