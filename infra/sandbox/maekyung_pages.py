"""The mark-up around the sandbox's news, with the kinds of noise that real pages have."""

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/">
  <channel>
    <title>매일경제 : 증권</title>
    <link>https://www.mk.co.kr/</link>
    <language>ko</language>
@ITEMS@  </channel>
</rss>
"""

ITEM = """<item>
  <no>{no}</no>
  <title><![CDATA[{title}]]></title>
  <link><![CDATA[{link}]]></link>
  <category><![CDATA[증권]]></category>
  <pubDate>{published}</pubDate>
  <description><![CDATA[{description}]]></description>
  <media:content medium="image" url="https://www.mk.co.kr/image/{no}.jpg" />
</item>
"""

NOT_FOUND = "<!doctype html><html lang=ko><body><p>요청하신 기사를 찾을 수 없습니다.</p></body></html>"

PICTURE = (
    '<div class="mid_title"><div class="midtitle_text">증권가 소식<br/>한눈에 보기</div></div>'
    '<div refId="1" class="thumb_area img"><figure><div class="thumb"><img loading="lazy" src="/image/1.jpg"'
    ' alt="회사 전경"><button class="btn btn_ic btn_zoom"><span class="is_blind">사진 확대</span></button></div>'
    '<figcaption><span class="thum_figure_txt">회사 전경. [사진 제공 = 회사]</span></figcaption></figure></div>'
)

AD_IN_BODY = (
    '<div class="ad_contents"><ul><li class="left_conts"><div id="BL_custom_rectangle"><script>'
    "googletag.cmd.push(function() { googletag.display('BL_custom_rectangle'); });</script>"
    "<span>광고</span></div></li></ul></div>"
)

RELATED = """<li class="news_node"><a href="{link}" class="news_item">
<div class="txt_area"><h3 class="news_ttl">{title}</h3>
<p class="time_info">{published:%Y-%m-%d %H:%M:%S}</p></div></a></li>
"""

_SUMMARY_BOX = """<div class="option_group news_sum_group">
<p class="sum_news">뉴스 요약쏙</p>
<p class="ttl_sub">이 요약은 자동으로 만들어졌습니다. 기사 본문을 함께 확인하세요.</p>
<button class="close_btn summary_close">닫기</button>
<div class="news_sum_text"><p class="news_text">@summary@</p></div>
</div>"""

ARTICLE = f"""<!doctype html>
<html lang="ko">
<head>
<title>@title@ - 매일경제</title>
<meta charset="UTF-8">
<meta name="articleid" itemprop="identifier" content="@no@" />
<meta name="description" itemprop="description" content="@summary@" />
<meta property="og:site_name" content="매일경제" />
<meta property="og:url" content="@address@">
<meta property="og:type" content="article" />
<meta property="og:title" content="@title@ - 매일경제">
<meta property="article:section" content="stock">
<meta property="article:published_time" content="@iso@">
<meta property="article:modified" content="">
<link rel="canonical" href="@address@">
<script>window.dataLayer = window.dataLayer || [];</script>
<script type="application/ld+json">
{{"@context": "https://schema.org", "@type": "NewsArticle", "datePublished": "@iso@", "dateModified": "@iso@"}}
</script>
</head>
<body>
<div class="wrapper">
<header id="header"><ul class="nav"><li class="nav_item"><a href="/news/stock/"><span>증권</span></a></li></ul>
<div class="news_ttl_sec"><h2 class="news_ttl">
@title@
</h2></div>
{_SUMMARY_BOX}
</header>
<div id="TC_billboard" class="ad_box1"><script>
googletag.cmd.push(function() {{ googletag.display('TC_billboard'); }});
</script></div>
<div class="news_detail_head_group"><section class="news_ttl_sec"><div class="txt_area">
<span class="cate c_point">
증권
</span>
<h2 class="news_ttl">
@title@
</h2>
</div></section></div>
<div class="news_detail_body_group"><section class="news_cnt_sec">
<header class="sec_head"><div class="info_area">
<dl class="author"><a href="/author/1">
<dt class="name">@author@</dt>
<dd class="email">@desk@</dd>
</a></dl>
<div class="time_area"><dl class="registration">
<dt>입력&nbsp;:&nbsp;</dt>
<dd>@written@</dd>
</dl></div>
</div>
{_SUMMARY_BOX}
</header>
<div class="sec_body">
<div class="news_cnt_detail_wrap" itemprop="articleBody">
@body@<p>[@author@]</p><p>@desk@</p>
<p>ⓒ 매일경제, 무단 전재 및 재배포 금지</p><div id="refTotal" value="4"></div>
<div class="reaction_btn_wrap"><p>이 기사가 마음에 들었다면, <b>좋아요를 눌러주세요.</b></p></div>
</div>
<div class="ad_contents"><ul><li class="right_conts"><div id="BR_custom_rectangle"></div></li></ul></div>
</div></section></div>
<div class="news_detail_foot_group"><section class="news_popularity_sec">
<h2 class="sec_ttl">인기뉴스</h2>
<ul class="news_list">
@related@</ul></section></div>
<div class="bt_copyright">
Copyright (c) All rights reserved. 무단 전재, 재배포 및 AI학습 이용 금지
</div>
</div>
</body>
</html>
"""
