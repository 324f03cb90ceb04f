/** Roles are few and are the same three words in the database (group roles okno_…), in the contract and on the screen. */
export const roles = ['operator', 'supervisor', 'admin'] as const
export type Role = (typeof roles)[number]

/** What an administrator allows a member of staff besides the roles: reports as files other programs count with; reports of every office. The same words in `staff.grants`. */
export const grants = ['exportReports', 'allOffices'] as const
export type Grant = (typeof grants)[number]

/** Who may make a call. The database decides again, by GRANT; here it is for speed and for clear words. */
export type Access = 'everyone' | 'signedIn' | readonly Role[]

export const anyStaff = roles
export const operators = ['operator'] as const
export const deskAndSupervisors = ['operator', 'supervisor'] as const
export const supervisors = ['supervisor'] as const
export const supervisorsAndAdmins = ['supervisor', 'admin'] as const
export const admins = ['admin'] as const
