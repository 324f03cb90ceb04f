import type { SameTexts } from '../same-texts'
import type ru from '../ru/shell'

export default {} satisfies SameTexts<typeof ru>
