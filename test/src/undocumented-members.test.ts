import { describe, expect, it } from 'vitest'
import { undocumentedMembers } from './undocumented-members.ts'

describe('undocumentedMembers', () => {
  it.each([
    ['export interface A {\n  b: string\n}', ['A.b']],
    ['export interface A extends B<C> {\n  /** B. */\n  b: string\n  readonly c?: string\n}', ['A.c']],
    ['export interface A<B> {\n  b(c: string): void\n}', ['A.b']],
    ['export interface A {\n  b(\n    c: string,\n  ): void\n}', ['A.b']],
    ['export interface A {\n  // B.\n  b: string\n}', ['A.b']],
    [
      'export abstract class A {\n  static readonly b = 1\n  async c() {\n    return d\n  }\n}',
      ['A.b', 'A.c'],
    ],
    ['export class A {\n  get b() {\n    return 1\n  }\n}', ['A.b']],
    ['export class A {\n  readonly: boolean\n  get() {}\n}', ['A.readonly', 'A.get']],
    ['export type A = {\n  b: string\n}', ['A.b']],
    ['export type A<B> = C & {\n  b: string\n}', ['A.b']],
  ])('returns the undocumented members of %j', (source, expected) => {
    expect(undocumentedMembers(source)).toEqual(expected)
  })

  it.each([
    'interface A {\n  b: string\n}',
    'export interface A {\n  /** B. */\n  b: string\n}\n\ninterface C {\n  d: string\n}',
    'export interface A {\n  /** B. */\n  readonly b: string\n}',
    'export class A {\n  #b = 1\n  constructor(c: string) {}\n  private d() {}\n}',
    'export class A {\n  /** B. */\n  b(c: string): void\n  b(c: number): void\n}',
    'export class A {\n  /** B. */\n  get b() {}\n  set b(c) {}\n}',
    'export const a = {\n  b: 1,\n}',
    'export function a() {\n  b()\n}',
    "export type A =\n  | 'b'\n  | 'c'",
  ])('returns nothing for %j', (source) => {
    expect(undocumentedMembers(source)).toEqual([])
  })
})
