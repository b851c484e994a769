import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { optionsSource } from '../../scripts/options-source.ts'
import type { OtelOptions } from './options.ts'
import type { Setting } from './setting.ts'
import { type OptionsOfTable, SETTINGS } from './settings.ts'

/** `true` if the types are identical, modifiers included. */
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

describe('options.ts', () => {
  it('is what "npm run docs" generates from the settings table', () => {
    const source = readFileSync(new URL('options.ts', import.meta.url), 'utf8')
    expect(source).toBe(optionsSource(SETTINGS as Record<string, Setting<unknown>>))
  })

  it('declares the type of the settings table', () => {
    const areEqual: Equal<OtelOptions, OptionsOfTable> = true
    expect(areEqual).toBe(true) // checked by the compiler
  })

  it.each(Object.entries(SETTINGS))('documents %s', (name, row) => {
    const source = readFileSync(new URL('options.ts', import.meta.url), 'utf8')
    const comment =
      source.match(new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\n  readonly ${name}\\?:`))?.[1] ?? ''
    const text = comment.replaceAll(/\n\s*\* ?/g, ' ').replaceAll(/\s+/g, ' ')
    expect(text).toContain(row.description)
    expect(text).toMatch(/Default: (unset|`[^`]+`)\./)
    expect(text).toContain(`Environment variable: \`${row.key}\` (${row.codec.expected})`)
  })
})
