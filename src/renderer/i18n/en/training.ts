import type { SameTexts } from '../same-texts'
import type ru from '../ru/training'

export default {} satisfies SameTexts<typeof ru>
