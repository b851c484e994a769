import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ListedNames, MAX_LISTED_NAMES } from './listed-names.ts'

it('recognises a listed name alone and after a prefix, and no other name', () => {
  const names = new ListedNames()
  expect(names.isMcpTool('get_weather')).toBe(false)
  names.add('get_weather')
  names.add('with__separator')
  const known = ['get_weather', 'mcp__label__get_weather', 'label__get_weather', 'a__with__separator']
  expect(known.filter((name) => !names.isMcpTool(name))).toEqual([])
  const others = [
    'weather',
    'forget_weather',
    '__get_weather',
    'label_get_weather',
    'get_weather__',
    '',
    '__',
  ]
  expect(others.filter((name) => names.isMcpTool(name))).toEqual([])
  expect([names.has('get_weather'), names.has('label__get_weather')]).toEqual([true, false])
})

it('keeps no more than its limit of names, and no long name', () => {
  const names = new ListedNames()
  names.add('x'.repeat(257))
  expect(names.has('x'.repeat(257))).toBe(false)
  for (let i = 0; i <= MAX_LISTED_NAMES; i++) names.add(`tool_${i}`)
  expect([names.has(`tool_${MAX_LISTED_NAMES - 1}`), names.has(`tool_${MAX_LISTED_NAMES}`)]).toEqual([
    true,
    false,
  ])
})

it('recognises every listed name after every prefix that ends with the separator', () => {
  const name = fc.string({ minLength: 1, maxLength: 60, unit: fc.constantFrom('a', '_', 'b', '😱') })
  fc.assert(
    fc.property(name, name, (tool, label) => {
      const names = new ListedNames()
      names.add(tool)
      expect(
        [tool, `${label}__${tool}`, `mcp__${label}__${tool}`].map((called) => names.isMcpTool(called)),
      ).toEqual([true, true, true])
    }),
  )
})
