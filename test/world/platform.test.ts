import { describe } from "vitest";
import { demoWorldIsPublished } from "./demo.ts";

describe("the demo world on platform, in AsyncAPI 2.6.0", () => {
  demoWorldIsPublished("platform", "2.6.0");
});
