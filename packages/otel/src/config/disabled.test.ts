import { expect, it } from 'vitest'
import { isDisabled } from './disabled.ts'
import { readSettings } from './read-settings.ts'

it.each<[string | undefined, string | undefined, boolean]>([
  [undefined, undefined, false],
  ['true', undefined, true],
  [' ON ', 'false', true],
  ['false', 'true', false],
  [undefined, 'true', true],
  ['', 'true', true],
  ['maybe', 'true', true],
  ['maybe', undefined, false],
  ['maybe', 'false', false],
  [undefined, 'TRUE', true],
  [undefined, '1', false],
  [undefined, 'yes', false],
  [undefined, 'on', false],
])(
  'VR_OTEL_DISABLED=%j, OTEL_SDK_DISABLED=%j: %s, before settings are read and after',
  (ours, standard, is) => {
    const environment = { VR_OTEL_DISABLED: ours, OTEL_SDK_DISABLED: standard }
    expect(isDisabled(environment)).toBe(is)
    expect(readSettings(environment, {}).settings.disabled).toBe(is)
  },
)
