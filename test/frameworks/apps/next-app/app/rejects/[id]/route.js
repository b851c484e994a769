export const GET = () => Promise.reject(new Error('rejects'))
