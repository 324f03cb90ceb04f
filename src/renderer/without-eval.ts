import { z } from 'zod'

// The page's security policy forbids compiled validators, and each try would be reported as a violation.
// A schema decides when it is made, so this module is imported before any contract.
z.config({ jitless: true })
