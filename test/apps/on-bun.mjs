// Loaded before the flag: makes Node look like a runtime that is not supported.
Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.3.0' } })
