import { dirname } from 'node:path'

// Packages are in the folder above.
export default { poweredByHeader: false, turbopack: { root: dirname(import.meta.dirname) } }
