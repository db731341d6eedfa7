import { config } from 'zod'

// zod compiles schemas with `new Function` where it can; asking whether it can is a violation of the page's content
// security policy already. This module is imported before every other, since schemas ask when they are made.
config({ jitless: true })
