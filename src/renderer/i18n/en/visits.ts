import type { SameTexts } from '../same-texts'
import type ru from '../ru/visits'

export default {} satisfies SameTexts<typeof ru>
