// Loaded before the flag: makes Node look like an unsupported runtime.
Object.defineProperty(process, 'versions', { value: { ...process.versions, bun: '1.3.0' } })
