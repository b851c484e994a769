export default function old(_request, response) {
  response.json({ old: true })
}
