// Says that it computes, and never comes back to its event loop.
import { writeSync } from 'node:fs'

writeSync(1, 'computing\n')
for (;;);
