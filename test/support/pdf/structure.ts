import { execFileSync } from 'node:child_process'

/** Lines of the tag tree as poppler reads it, texts in quotes, attributes after a slash; indented by two for each level. */
export function structureOf(pdf: Uint8Array): string[] {
  return execFileSync('pdfinfo', ['-struct-text', '-'], { input: pdf, maxBuffer: 256 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] }).toString('utf8').replaceAll('\u00a0', ' ').split('\n').filter((line) => line.trim() !== '')
}
