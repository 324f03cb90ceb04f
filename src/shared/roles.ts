/** Roles are few and are the same three words in the database (group roles okno_…), in the contract and on the screen. */
export const roles = ['operator', 'supervisor', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who may make a call. The database decides again, by GRANT; here it is for speed and for clear words. */
export type Access = 'everyone' | 'signedIn' | readonly Role[]

export const anyStaff = roles
export const operators = ['operator'] as const
export const deskAndSupervisors = ['operator', 'supervisor'] as const
export const supervisors = ['supervisor'] as const
export const supervisorsAndAdmins = ['supervisor', 'admin'] as const
export const admins = ['admin'] as const
