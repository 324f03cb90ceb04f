/** Why something masked has to be seen in full; recorded with who asked. In the order of their digits. */
export const unmaskReasons = ['verify', 'dictate', 'other'] as const
