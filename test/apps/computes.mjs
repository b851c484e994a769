// Prints a line and never returns to its event loop.
import { writeSync } from 'node:fs'

writeSync(1, 'computing\n')
for (;;);
