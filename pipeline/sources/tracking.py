"""What a URL carries beside the page it names: tracking parameters and AMP caches. Data and two predicates, pure."""

import re
from typing import Final

_PREFIXES: Final = ("utm_", "at_", "mc_", "pk_", "mtm_", "hsa_", "__hs", "ns_", "wt.", "vero_", "oly_", "guce_", "stm_")
# Click ids of advertising and mail systems.
_CLICK_IDS: Final = """
    fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id rb_clickid s_cid
    mkt_tok _hsenc _hsmi hsctatracking hss_channel _openstat _ga _gl epik irclickid zanpid wickedid sc_campaign
    sc_channel sc_content sc_medium sc_outcome sc_geo sc_country trk trkcampaign
"""
# By these, news sites tell where a reader came from.
_REFERRERS: Final = """
    cmpid cmp icid ncid ocid xtor ito smid smtyp smprod ref_src ref_url sr_share spm mbid taid guccounter
    __twitter_impression feedtype feedname rpc rssfeed ftag intcmp intcid emc nl_campaign wt_mc wtmc wt_zmc dicbo
    outputtype amp amp_js_v amp_gsa usqp
"""
_NAMES: Final = frozenset((_CLICK_IDS + _REFERRERS).split())
_AMP_CACHE_PATH = re.compile(r"/[a-z]/(s/)?([^/]+\.[^/]+/.*)")
_AMP_VIEWER_PATH = re.compile(r"/amp/(s/)?([^/]+\.[^/]+/.*)")
_VIEWER_HOST = re.compile(r"(?:www\.)?google\.[a-z.]{2,6}")


def is_tracking(name: str) -> bool:
    """Return whether a query parameter says how a reader came, not what the page is.

    >>> is_tracking("utm_source"), is_tracking("fbclid"), is_tracking("id"), is_tracking("page")
    (True, True, False, False)
    """
    lowered = name.lower()
    return lowered in _NAMES or lowered.startswith(_PREFIXES)


def unwrap_amp_cache(host: str, path: str, query: str) -> str | None:
    """Return the publisher's URL that an AMP cache or viewer URL carries, or None when it is no such URL.

    Only the documented forms of the AMP caches are undone (amp.dev, "AMP Cache URL format").
    """
    if host.endswith(".cdn.ampproject.org") or host == "cdn.ampproject.org":
        match = _AMP_CACHE_PATH.fullmatch(path)
    elif _VIEWER_HOST.fullmatch(host):
        match = _AMP_VIEWER_PATH.fullmatch(path)
    else:
        match = None
    if match is None:
        return None
    scheme = "https" if match[1] else "http"
    return f"{scheme}://{match[2]}" + (f"?{query}" if query else "")
