"""The mark-up around the sandbox's Naver news: the article page, and the finance lists."""

ARTICLE = """<!DOCTYPE html>
<html lang="ko" data-useragent="">
<head>
<meta charset="utf-8">
<title>@title@</title>
<meta property="og:title" content="@title@">
<meta property="og:url" content="@address@">
<meta property="og:description" content="@summary@">
<meta property="og:article:author" content="@press@ | 네이버">
<script>window.__htImageInfo__ = {"sWebp": true};</script>
</head>
<body>
<div id="wrap">
<header class="Nlnb"><h2 class="blind">뉴스 메뉴</h2><ul>
<li><a href="/section/101">경제</a></li></ul></header>
<div id="ct_wrap"><div id="ct" role="main">
<div class="media_end_head go_trans">
<div class="media_end_head_top"><a href="https://media.naver.com/press/@office@">
<img alt="@press@" title="@press@"></a></div>
<div class="media_end_head_title"><h2 id="title_area" class="media_end_head_headline"><span>@title@</span></h2></div>
<div class="media_end_head_info"><div class="media_end_head_info_datestamp">
<div class="media_end_head_info_datestamp_bunch">입력<span class="media_end_head_info_datestamp_time _ARTICLE_DATE_TIME"
 data-date-time="@written@">@shown@</span></div>
@modified@</div>
<div class="media_end_head_journalist"><a href="#" class="media_end_head_journalist_box">
<em class="media_end_head_journalist_name">@author@</em></a></div>
</div></div>
<div id="contents" class="newsct_body"><div id="newsct_article" class="newsct_article _article_body">
<article id="dic_area" class="go_trans _article_content">@body@<br><br>@author@ @desk@</article>
</div>
<div class="media_end_linked_more"><a href="#">@press@ 구독하고 메인에서 바로 보기</a></div>
<div class="byline"><p class="byline_p"><span class="byline_s">@author@ @desk@</span></p></div>
<div class="copyright"><p class="c_text">Copyright ⓒ @press@. All rights reserved. 무단 전재 및 재배포 금지.</p></div>
</div>
<div class="media_end_categorize"><p>이 기사는 언론사에서 <em>경제</em> 섹션으로 분류했습니다.</p></div>
<ul class="ofhe_list">@related@</ul>
</div></div></div>
</body>
</html>
"""

MODIFIED = (
    '<div class="media_end_head_info_datestamp_bunch">수정<span class="media_end_head_info_datestamp_time'
    ' _ARTICLE_MODIFY_DATE_TIME" data-modify-date-time="{written}">{shown}</span></div>\n'
)

SUMMARY = '<strong class="media_end_summary">{text}<br>시장 영향은 지켜봐야</strong>'

PHOTO = (
    '<span class="end_photo_org"><div class="nbd_im_w _LAZY_LOADING_WRAP"><div class="nbd_a _LAZY_LOADING_ERROR_HIDE">'
    '<img id="img1" data-src="https://imgnews.pstatic.net/image/1.jpg" alt="회사 전경"></div>'
    '<em class="img_desc">회사 전경. [회사 제공]</em></div></span>'
)

RELATED = '<li><a href="{link}"><strong class="ofhe_title">{title}</strong></a></li>'

NOT_FOUND = (
    '<!DOCTYPE html><html lang="ko"><head><meta charset="utf-8"><title>네이버 뉴스</title></head><body>'
    '<p class="error_msg">언론사에서 삭제하였거나 없는 기사입니다.</p></body></html>'
)

_HEAD = """<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html lang="ko">
<head>
<meta http-equiv="Content-Type" content="text/html; charset=euc-kr">
<title>{title} : 네이버페이 증권</title>
</head>
<body>
<div id="wrap"><div id="menu"><ul>
<li><a href="/news/"><span>뉴스</span></a></li><li><a href="/sise/">국내증시</a></li></ul></div>
<div id="newarea">
"""

MAIN = (
    _HEAD.format(title="주요뉴스")
    + """<div id="contentarea"><div class="mainNewsList _replaceNewsLink"><ul class="newsList">
@rows@</ul></div>
<table class="Nnavi" summary="페이지 네비게이션">
<tr><td class="on"><a href="/news/mainnews.naver?page=1">1</a></td></tr></table>
</div></div></div>
</body>
</html>
"""
)

REALTIME = (
    _HEAD.format(title="실시간 속보")
    + """<div id="contentarea"><ul class="realtimeNewsList">
@rows@</ul></div></div></div>
</body>
</html>
"""
)

ROW = """<li class="block1"><dl>
<dt class="thumb"><a href="{link}"><img src="https://imgnews.pstatic.net/image/thumb.jpg" alt=""></a></dt>
<dd class="articleSubject"><a href="{link}" title="{title}">{title}</a></dd>
<dd class="articleSummary">
{summary}..
<span class="press">{press}</span>
<span class="bar">|</span>
<span class="wdate">{written}</span>
</dd>
</dl></li>
"""

STOCK = (
    _HEAD.format(title="종목뉴스")
    + """<div class="tb_cont"><table summary="종목뉴스의 제목, 정보제공, 날짜" class="type5">
<caption>종목뉴스</caption>
<thead><tr><th scope="col">제목</th><th scope="col">정보제공</th><th scope="col">날짜</th></tr></thead>
<tbody>
@rows@</tbody></table></div>
</div></div>
</body>
</html>
"""
)

STOCK_ROW = """<tr>
  <td class="title"><a href="{link}" class="tit" target="_top">
    {title}</a></td>
  <td class="info">{press}</td>
  <td class="date"> {written}</td>
</tr>
"""

RELATION = """<tr class="relation_lst hide_news"><td colspan="3">
<table summary="연관기사 목록" class="type5"><caption>연관기사 목록</caption><tbody>
{rows}</tbody></table></td></tr>
"""

NO_ROWS = '<tr><td colspan="3" class="no_data">관련 뉴스가 없습니다.</td></tr>\n'
