import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pack } from '../packed/pack.ts'
import { createProject, onlyOtel } from '../packed/project.ts'

const FOLDER = mkdtempSync(join(realpathSync(tmpdir()), 'vr-otel-installed-'))
process.on('exit', () => rmSync(FOLDER, { recursive: true, force: true }))

const project = await createProject({
  folder: join(FOLDER, 'project'),
  apps: [],
  ...onlyOtel(await pack(FOLDER)),
})

/** The `node_modules` in which npm has installed `@vr/otel` as it is published, for the time of this process. */
export const INSTALLED = join(project.folder, 'node_modules')
