import { random } from '../../../src/main/training/random'

/** A grey picture, a byte a dot. */
export interface Picture {
  width: number
  height: number
  dots: Uint8Array
}

/**
 * What happens to a sheet between the printer and a phone: `noise` (part of 1) of its dots turn black or white as dust does, it lies `degrees` askew, and the picture is blurred
 * over `radius` dots each way. The same seed spoils in the same way.
 */
export function spoilt(picture: Picture, { degrees, radius, noise, seed }: { degrees: number; radius: number; noise: number; seed: string }): Picture {
  const { width, height } = picture
  const dusty = picture.dots.slice()
  const r = random(seed, 1)
  for (let count = Math.round(noise * width * height); count > 0; count--) dusty[r.int(0, width * height - 1)] = r.int(0, 1) * 255
  const turned = new Uint8Array(width * height).fill(255)
  const [sin, cos] = [Math.sin((degrees * Math.PI) / 180), Math.cos((degrees * Math.PI) / 180)]
  const [cx, cy] = [width / 2, height / 2]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [fromX, fromY] = [Math.round(cx + (x - cx) * cos + (y - cy) * sin), Math.round(cy - (x - cx) * sin + (y - cy) * cos)]
      if (fromX >= 0 && fromX < width && fromY >= 0 && fromY < height) turned[y * width + x] = dusty[fromY * width + fromX]!
    }
  }
  return { width, height, dots: blur(blur(turned, width, height, radius, 1, width), width, height, radius, width, 1) }
}

/** The mean of 2·radius + 1 dots along one direction: `step` apart, in lines `line` apart. */
function blur(dots: Uint8Array, width: number, height: number, radius: number, step: number, line: number): Uint8Array {
  const [along, across] = step === 1 ? [width, height] : [height, width]
  const out = new Uint8Array(dots.length)
  for (let at = 0; at < across; at++) {
    for (let place = 0; place < along; place++) {
      let sum = 0
      for (let near = -radius; near <= radius; near++) sum += dots[at * line + Math.min(along - 1, Math.max(0, place + near)) * step]!
      out[at * line + place * step] = Math.round(sum / (2 * radius + 1))
    }
  }
  return out
}
