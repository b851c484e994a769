import type { Application } from './applications.ts'

/** Module system by which an application and its framework are loaded. */
export type ModuleSystem = 'esm' | 'cjs'

/**
 * Returns a program that loads a framework as an application does, by `import` or `require`, and passes it to the application.
 */
export function entryFile(
  { app, imports, options = '' }: Pick<Application, 'app' | 'imports' | 'options'>,
  system: ModuleSystem,
): string {
  const all = Object.entries(imports)
  const bindings = all.flatMap(([binding]) => namesOf(binding)).join(', ')
  const call = `({ ${bindings}${options === '' ? '' : `, ${options}`} })`
  if (system === 'cjs') {
    const lines = all.map(([binding, module]) => `const ${required(binding)} = require('${module}')`)
    return [...lines, `require('./${app}.app.cjs')${call}`, ''].join('\n')
  }
  const lines = all.map(([binding, module]) => `import ${imported(binding)} from '${module}'`)
  return [...lines, `import start from './${app}.app.cjs'`, `start${call}`, ''].join('\n')
}

/** `{ a: b, c }` → `b`, `c`; `* as d` → `d`. */
function namesOf(binding: string): string[] {
  const list = binding.replace(/^\* as /, '').replaceAll(/[{}]/g, '')
  return list.split(',').map((name) => (name.split(':').at(-1) as string).trim())
}

function required(binding: string): string {
  return binding.replace(/^\* as /, '')
}

function imported(binding: string): string {
  return binding.replaceAll(':', ' as')
}
