import type { FilePatch } from '../patching/module-patch.ts'

/** How the route templates of one framework are found: by its diagnostics channels, by patches, or by both. */
export interface Framework {
  /** The npm packages that an application loads to use the framework. Once one is loaded, requests should have routes. */
  readonly packages: readonly string[]
  /**
   * Subscribes to what the framework publishes on `node:diagnostics_channel`.
   * @returns unsubscribes
   */
  readonly observe?: () => () => void
  /** Patches files of the framework, where it publishes no routes. */
  readonly patches?: readonly FilePatch[]
}
