import type { ServerConnection } from '@shared/contract/connection'

/** As typed: «db1.office.example, db2.office.example:5433». Null where one of them is no host. */
export function parseHosts(text: string): ServerConnection['hosts'] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean)
  const hosts = parts.map((part) => {
    const [, host, port] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::(\d{1,5}))?$/.exec(part) ?? []
    const number = port === undefined ? 5432 : Number(port)
    return host && number >= 1 && number <= 65_535 ? { host: host.replace(/^\[|\]$/g, ''), port: number } : null
  })
  return hosts.length > 0 && hosts.length <= 5 && hosts.every((host) => host !== null) ? hosts : null
}

export const hostsText = (hosts: ServerConnection['hosts']): string => hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}${port === 5432 ? '' : `:${port}`}`).join(', ')
