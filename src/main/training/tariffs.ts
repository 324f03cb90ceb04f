import { at } from './random'

/** Price in hundredths of a kopeck (1/10000 rouble), so that 8,3524 ₽ is a whole number. */
interface Step {
  from: string
  price: number
}

/** In 2026 regulated prices rise twice: on 1 January and on 1 October. */
const stepped = (before: number, january: number, october: number): Step[] => [
  { from: '2025-07', price: before },
  { from: '2026-01', price: january },
  { from: '2026-10', price: october },
]

const tariffs: Record<string, Step[]> = {
  cold_water: stepped(475_600, 483_700, 541_700),
  sewerage: stepped(361_100, 367_200, 411_300),
  hot_water: stepped(2_134_200, 2_170_500, 2_409_300),
  heat: stepped(24_561_800, 24_979_400, 27_477_300),
  heating_norm: stepped(24_561_800, 24_979_400, 27_477_300),
  electricity: stepped(51_400, 52_300, 57_500),
  electricity_t1: stepped(59_100, 60_100, 66_100),
  electricity_t2: stepped(35_900, 36_500, 40_200),
  electricity_t3: stepped(51_400, 52_300, 57_500),
  gas: stepped(82_130, 83_524, 91_877),
  gas_maintenance: stepped(450_000, 457_700, 503_400),
  maintenance: stepped(283_600, 288_400, 317_300),
  capital_repair: stepped(142_000, 152_500, 152_500),
  waste: stepped(1_164_500, 1_184_300, 1_278_400),
  tv: stepped(1_500_000, 1_550_000, 1_550_000),
  wifi: stepped(1_000_000, 1_000_000, 1_000_000),
  static_ip: stepped(1_500_000, 1_500_000, 1_500_000),
  'internet:home-100': stepped(5_500_000, 5_900_000, 5_900_000),
  'internet:home-300': stepped(6_900_000, 7_500_000, 7_500_000),
  'internet:home-500': stepped(8_500_000, 8_900_000, 8_900_000),
  'internet:biz-100': stepped(24_000_000, 25_000_000, 25_000_000),
}

/**
 * Price of a service in a period, in 1/10000 rouble. `plan` is the tariff plan of an internet account.
 * Periods before the first step get the first price. Throws for a service without a tariff.
 */
export function tariffOf(service: string, period: string, plan = ''): number {
  const steps = tariffs[service === 'internet' ? `internet:${plan}` : service]
  if (!steps) throw new Error(`no tariff of ${service} ${plan}`)
  return (steps.findLast((step) => step.from <= period) ?? at(steps, 0)).price
}

/** Kopecks of a volume in thousandths at a price in 1/10000 rouble, half a kopeck up. Both are not negative. */
export function amountOf(volume: number, price: number): number {
  return Math.floor((volume * price + 50_000) / 100_000)
}
