"""The mark-up around the sandbox's Hankyung news, with the kinds of noise that real pages have."""

FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0">
  <channel>
    <title><![CDATA[한국경제 | 증권]]></title>
    <link>https://www.hankyung.com/finance</link>
    <language>ko</language>
    <lastBuildDate>@BUILT@</lastBuildDate>
    <description>한경닷컴 RSS 서비스</description>
@ITEMS@  </channel>
</rss>
"""

ITEM = """<item>
  <title><![CDATA[{title}]]></title>
  <link><![CDATA[{link}]]></link>
  <author><![CDATA[{author}]]></author>
  <pubDate>{published}</pubDate>
</item>
"""

NOT_FOUND = "<!doctype html><html lang=ko><body><p>페이지를 찾을 수 없습니다.</p></body></html>"

FIGURE = (
    '<figure class="article-figure"><div class="figure-img"><img src="https://img.hankyung.com/photo/1.jpg"'
    ' alt="회사 전경" loading="lazy"></div>'
    '<figcaption class="figure-caption">회사 전경. /사진=회사 제공</figcaption></figure>'
)

AD_IN_BODY = (
    '<div class="ad-area-wrap"><div class="ad-box" id="div-gpt-ad-article"><script>'
    "googletag.cmd.push(function() { googletag.display('div-gpt-ad-article'); });</script></div></div>"
)

RELATED = """<li><h3 class="news-tit"><a href="{link}">{title}</a></h3>
<p class="txt-date">{published:%Y.%m.%d %H:%M}</p></li>
"""

ARTICLE = """<!doctype html>
<html lang="ko">
<head>
<meta charset="utf-8">
<title>@title@ | 한국경제</title>
<meta name="description" content="@summary@">
<meta property="og:type" content="article">
<meta property="og:url" content="@address@">
<meta property="og:title" content="@title@ | 한국경제">
<meta property="og:description" content="@summary@">
<meta property="article:section" content="증권">
<meta property="article:published_time" content="@iso@">
<meta property="article:modified_time" content="@iso@">
<link rel="canonical" href="@address@">
<script type="application/ld+json">
{"@context": "https://schema.org", "@type": "NewsArticle", "mainEntityOfPage": "@address@", "headline": @headline@,
 "datePublished": "@iso@", "dateModified": "@iso@",
 "author": [{"@type": "Person", "name": @writer@}], "publisher": {"@type": "Organization", "name": "한국경제"}}
</script>
</head>
<body>
<div id="wrap">
<header id="header"><nav class="gnb"><ul>
<li><a href="/finance">증권</a></li><li><a href="/economy">경제</a></li></ul></nav></header>
<div class="ad-area-wrap top"><div id="div-gpt-ad-top"></div></div>
<main id="container"><div class="article-contents">
<nav class="breadcrumb"><a href="/finance">증권</a></nav>
<h1 class="headline">
  @title@
</h1>
<div class="article-timestamp"><div class="datetime">
<span class="item">입력<span class="txt-date">@written@</span></span>
<span class="item">수정<span class="txt-date">@written@</span></span>
</div></div>
<div class="article-util"><button type="button" class="btn-font">글자크기 조절</button>
<button class="btn-share">공유</button></div>
<div class="article-body-wrap">
<div class="article-body" id="articletxt" itemprop="articleBody">
@body@<br><br>@author@ @desk@
</div>
<div class="article-hashtag-wrap"><ul><li><a href="/tag/stock">#증권</a></li></ul></div>
<div class="subscribe-wrap"><p>한경 프리미엄을 구독하고 더 많은 기사를 읽어 보세요.</p></div>
<p class="copyright">ⓒ 한경닷컴, 무단전재 및 재배포 금지</p>
</div>
<div class="author-wrap"><div class="author link"><a href="/reporter/1" class="item">@author@</a></div></div>
</div>
<aside><section class="rank-news"><h2>많이 본 뉴스</h2><ul>
@related@</ul></section></aside>
</main>
</div>
</body>
</html>
"""
