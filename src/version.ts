/** Version of this product, `x.y.z`; the platform shows it beside the agents. */
export const VERSION = "0.1.0";
