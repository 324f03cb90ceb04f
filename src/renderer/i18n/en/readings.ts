import type { SameTexts } from '../same-texts'
import type ru from '../ru/readings'

export default {} satisfies SameTexts<typeof ru>
