import { millisToHrTime as upstream } from '@opentelemetry/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { millisToHrTime } from './hr-time.ts'

it('converts milliseconds like @opentelemetry/core', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4e12 }), (millis) => {
      expect(millisToHrTime(millis)).toEqual(upstream(millis))
    }),
  )
})
