import { calendly } from "./shapes/calendly.ts";
import { contactForm7 } from "./shapes/contact-form-7.ts";
import { elementor } from "./shapes/elementor.ts";
import { facebook } from "./shapes/facebook.ts";
import { formspree } from "./shapes/formspree.ts";
import { framer } from "./shapes/framer.ts";
import { generic } from "./shapes/generic.ts";
import { googleAds } from "./shapes/google-ads.ts";
import { gravityForms } from "./shapes/gravity-forms.ts";
import { hubspot } from "./shapes/hubspot.ts";
import { jotform } from "./shapes/jotform.ts";
import { linkedin } from "./shapes/linkedin.ts";
import { applyMap, type FieldMap } from "./shapes/mapped.ts";
import { netlify } from "./shapes/netlify.ts";
import type { IntakeRequest, Shape } from "./shapes/shape.ts";
import { stripe } from "./shapes/stripe.ts";
import { tally } from "./shapes/tally.ts";
import { typeform } from "./shapes/typeform.ts";
import { unbounce } from "./shapes/unbounce.ts";
import { webflow } from "./shapes/webflow.ts";
import { wpforms } from "./shapes/wpforms.ts";
import type { Recognised } from "./types.ts";

export type { FieldMap, IntakeRequest };

/** The strictest first: a shape decided by its structure comes before one that is told by a header or a name. */
const SHAPES: readonly Shape[] = [
  stripe,
  typeform,
  jotform,
  tally,
  webflow,
  elementor,
  gravityForms,
  facebook,
  googleAds,
  linkedin,
  unbounce,
  hubspot,
  calendly,
  netlify,
  formspree,
  wpforms,
  framer,
  contactForm7,
];

/**
 * Finds out who speaks in a request and what they say, whoever's form or webhook it came through.
 *
 * Text is reported as it was sent: nothing is trimmed, split or normalised here. Never throws, whatever the JSON.
 *
 * @param map the source's own mapping, which wins over everything recognised.
 */
export function recognise(request: IntakeRequest, map: FieldMap = {}): Recognised {
  const mapped = applyMap(request.payload, map);
  for (const shape of SHAPES) {
    const found = shape.recognise(request, mapped);
    if (found) return found;
  }
  return generic.recognise(request, mapped);
}
