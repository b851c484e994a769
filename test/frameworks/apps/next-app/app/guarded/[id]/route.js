export const GET = () => Response.json({}, { status: 401 })
