import { useEffect, useState } from "preact/hooks";

const query = matchMedia("(max-width: 720px)");

/** Whether the window is as narrow as a phone. */
export function usePhone(): boolean {
  const [isPhone, setPhone] = useState(query.matches);
  useEffect(() => {
    const look = () => setPhone(query.matches);
    query.addEventListener("change", look);
    return () => query.removeEventListener("change", look);
  }, []);
  return isPhone;
}
