import type { Router } from 'vue-router'

/** The operator types on right after F4: what a visit opens is fetched before it is needed. */
export async function fetchVisitScreens(router: Router): Promise<void> {
  for (const { path, components } of router.getRoutes()) {
    const screen: unknown = components?.['default']
    // What has not been fetched yet is still the function that fetches it.
    if (path.startsWith('/desk') && typeof screen === 'function') await (screen as () => Promise<unknown>)()
  }
}
